/** The messages as a log that announces itself, kept at its end unless the visitor reads further up. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Entry } from '../../shared/wire';
import { dayText } from '../format';
import type { Say } from '../texts';
import { useChat } from './context';
import { Icon } from './icons';
import { itemsOf } from './items';
import { Message } from './message';

const SHOWN = 150;
const NEAR = 80;

export function Thread({ greet }: { greet?: boolean }) {
  const { state, say, language } = useChat();
  const { timeline, typing, open } = state;
  const [shown, setShown] = useState(SHOWN);
  const [away, setAway] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const stick = useRef(true);
  const items = useMemo(() => itemsOf(timeline), [timeline.entries, timeline.outgoing]);
  const visible = items.slice(-shown);
  const lastKey = items.at(-1)?.key;
  const lastOwn = timeline.outgoing.at(-1)?.client_id;

  const toEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (stick.current) toEnd();
    else setAway(true);
  }, [lastKey, typing]);
  useLayoutEffect(() => {
    stick.current = true;
    toEnd();
  }, [open, lastOwn]);
  useEffect(() => {
    // The keyboard, a growing composer or a picture that arrives late must not hide the end.
    const el = box.current;
    if (!el || !('ResizeObserver' in window)) return;
    const watch = new ResizeObserver(() => stick.current && toEnd());
    watch.observe(el);
    if (el.firstElementChild) watch.observe(el.firstElementChild);
    return () => watch.disconnect();
  }, []);

  function scrolled(): void {
    const el = box.current;
    if (!el) return;
    stick.current = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR;
    if (stick.current) setAway(false);
  }

  return (
    <div class="stage">
      <div class="thread" ref={box} onScroll={scrolled} tabIndex={0} role="region" aria-label={say('messages')}>
        <div>
          {items.length > shown && (
            <button type="button" class="plain" onClick={() => setShown(shown + SHOWN)}>
              {say('earlier')}
            </button>
          )}
          {greet && (
            <p class="bubble hello" dir="auto">
              {say('greeting')}
            </p>
          )}
          <div role="log" aria-live="polite" aria-relevant="additions" aria-label={say('messages')}>
            {visible.map((item) =>
              item.type === 'message' ? (
                <Message key={item.key} item={item} />
              ) : item.type === 'day' ? (
                <p key={item.key} class="day">
                  <span>{dayText(item.at, language, say)}</span>
                </p>
              ) : (
                <p key={item.key} class="note" dir="auto">
                  {noteText(item.entry, say)}
                </p>
              ),
            )}
          </div>
          <div class="typing" role="status">
            {typing !== null && (
              <>
                <span class="dots" aria-hidden="true">
                  <i />
                  <i />
                  <i />
                </span>
                <span class="muted" dir="auto">
                  {say('typing', { name: typing || say('agent') })}
                </span>
              </>
            )}
          </div>
        </div>
      </div>
      {away && (
        <button type="button" class="newest" onClick={toEnd}>
          <Icon name="down" />
          {say('newest')}
        </button>
      )}
    </div>
  );
}

function noteText(entry: Entry, say: Say): string {
  // The house itself says who came and went; the person is in its words.
  const agent = entry.data?.agent as { name?: string } | undefined;
  const name = entry.from.name || agent?.name || say('agent');
  switch (entry.kind) {
    case 'joined':
      return say('joined', { name });
    case 'left':
      return say('left', { name: entry.from.kind === 'visitor' ? say('you') : name });
    case 'transferred': {
      const toName = (entry.data?.to as { name?: string } | undefined)?.name;
      return toName ? say('transferred', { name: toName }) : entry.text || say('transferred_plain');
    }
    case 'ended':
      return say('ended');
    default:
      return entry.text ?? '';
  }
}
