/** Strips over and under the messages, which move nothing when they come and go, and the question before a chat is ended. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { explain } from '../chat/problems';
import { useChat } from './context';
import { Icon } from './icons';

/** A short break is repaired before anybody needs to hear of it. */
const QUIET_MS = 1200;
const NOTICE_MS = 12000;

export function ConnectionBar() {
  const { state, say } = useChat();
  const [shown, setShown] = useState(false);
  const lost = state.link === 'lost';
  useEffect(() => {
    if (!lost) return setShown(false);
    const timer = setTimeout(() => setShown(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [lost]);
  return (
    <div role="status">
      {shown && (
        <p class="bar warn">
          <span class="spin" aria-hidden="true" />
          {say('connection_lost')} · {say('reconnecting')}
        </p>
      )}
    </div>
  );
}

export function NoticeBar() {
  const { state, actions, say } = useChat();
  useEffect(() => {
    const timer = state.notice ? setTimeout(actions.dismissNotice, NOTICE_MS) : undefined;
    return () => clearTimeout(timer);
  }, [state.notice]);
  return (
    <div role="alert">
      {state.notice && (
        <p class="bar bad">
          <Icon name="alert" />
          <span class="grow" dir="auto">
            {state.notice}
          </span>
          <button type="button" class="tool small" aria-label={say('discard')} onClick={actions.dismissNotice}>
            <Icon name="cross" />
          </button>
        </p>
      )}
    </div>
  );
}

export function WaitingBar() {
  const { state, actions, say } = useChat();
  const [busy, setBusy] = useState(false);
  const { position, estimated_wait_s: wait } = state.chat ?? {};
  const minutes = Math.ceil((wait ?? 0) / 60);
  return (
    <div class="waiting">
      <div class="grow" role="status">
        <strong>{say('waiting')}</strong>
        {position != null && position > 0 && <p>{position === 1 ? say('position_next') : say('position', { position })}</p>}
        {wait != null && <p class="muted">{wait < 60 ? say('wait_short') : say('wait_estimate', { minutes })}</p>}
      </div>
      <button
        type="button"
        class="plain"
        aria-disabled={busy}
        onClick={() => {
          setBusy(true);
          void actions.end().catch(() => setBusy(false));
        }}
      >
        {say('cancel_wait')}
      </button>
      <span class="sweep" aria-hidden="true" />
    </div>
  );
}

export function EndQuestion({ done }: { done: () => void }) {
  const { actions, say } = useChat();
  const [error, setError] = useState('');
  const yes = useRef<HTMLButtonElement>(null);
  useEffect(() => yes.current?.focus(), []);
  return (
    <div class="after" role="group" aria-label={say('end_confirm')}>
      <p>{say('end_confirm')}</p>
      <p class="error" role="alert">
        {error}
      </p>
      <div class="pair">
        <button ref={yes} type="button" class="primary" onClick={() => void actions.end().then(done, (e: unknown) => setError(explain(e, say)))}>
          {say('end_yes')}
        </button>
        <button type="button" class="plain" onClick={done}>
          {say('end_no')}
        </button>
      </div>
    </div>
  );
}
