/** Where the visitor writes: text, files by button, paste or drop. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { checkFile } from '../chat/files';
import { isBlank } from '../chat/sending';
import { useChat } from './context';
import { Icon } from './icons';

const MAX = 10000;
const WARN = 9000;

/** By the first strong letter of the beginning; the browser's own search takes minutes for a million letters. */
const directionOf = (text: string) => (/^[^A-Za-z\u00c0-\u0590\u0900-\u1fff\u2c00-\ufb1c]*[\u0591-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(text.slice(0, 200)) ? 'rtl' : 'ltr');

interface Props {
  /** Instead of sending into the running chat. */
  send?: (text: string) => Promise<void>;
}

export function Composer({ send }: Props) {
  const { state, actions, say } = useChat();
  const [text, setText] = useState(() => actions.kept<string>('draft') ?? '');
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const { files } = state.config;
  const takesFiles = files.enabled && !send;
  const tooLong = text.length > MAX;

  useEffect(() => {
    const el = area.current;
    if (!el) return;
    el.style.height = 'auto';
    el.style.height = Math.min(el.scrollHeight, 132) + 'px';
  }, [text, state.open]);

  function write(next: string): void {
    if (area.current && area.current.value !== next) area.current.value = next;
    setText(next);
    actions.keep('draft', next || null);
    actions.drafting(next);
  }

  async function submit(): Promise<void> {
    area.current?.focus();
    // The field itself: the last key may not have been drawn yet.
    const words = area.current?.value ?? text;
    if (isBlank(words) || words.length > MAX || busy) return;
    if (send) {
      setBusy(true);
      await send(words).then(
        () => write(''),
        () => undefined,
      );
      setBusy(false);
    } else {
      actions.text(words);
      write('');
    }
  }

  function keyed(event: KeyboardEvent): void {
    // While an input method is composing, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    void submit();
  }

  function pasted(event: ClipboardEvent): void {
    const found = [...(event.clipboardData?.files ?? [])];
    if (!takesFiles || !found.length) return;
    event.preventDefault();
    actions.files(found);
  }

  return (
    <form
      class="composer"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      {text.length > WARN && (
        <p class={tooLong ? 'error' : 'muted'} id="sb-long" role="status">
          {say('too_long', { count: text.length, max: MAX })}
        </p>
      )}
      <div class="row">
        {takesFiles && (
          <>
            <button type="button" class="tool" aria-label={`${say('attach')}. ${say('limits', { max: checkFile.limit(files) })}`} title={say('limits', { max: checkFile.limit(files) })} onClick={() => picker.current?.click()}>
              <Icon name="clip" />
            </button>
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              accept={files.types.join(',')}
              onChange={(e) => {
                actions.files([...(e.currentTarget.files ?? [])]);
                e.currentTarget.value = '';
                area.current?.focus();
              }}
            />
          </>
        )}
        <textarea
          ref={area}
          class="write"
          rows={1}
          dir={directionOf(text)}
          enterkeyhint="send"
          value={text}
          placeholder={say('placeholder')}
          aria-label={say('placeholder')}
          aria-invalid={tooLong}
          aria-describedby={text.length > WARN ? 'sb-long' : undefined}
          onInput={(e) => write(e.currentTarget.value)}
          onKeyDown={keyed}
          onPaste={pasted}
        />
        <button type="submit" class="go" aria-label={say('send')} aria-disabled={isBlank(text) || tooLong || busy}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}
