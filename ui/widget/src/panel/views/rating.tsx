/** After a chat: stars as a group of radio buttons, a comment, and the way to a new chat. */
import { useRef, useState } from 'preact/hooks';
import { CallFailed } from '../../shared/http';
import { explain } from '../chat/problems';
import type { TextKey } from '../texts';
import { useChat } from './context';
import { EMAIL } from './form';
import { Icon } from './icons';

export function Ended() {
  const { state, actions, say } = useChat();
  const canRate = state.config.rating.enabled && state.chat?.can_rate !== false && !state.rated;
  return (
    <div class="after">
      {canRate ? <Rating /> : <p role="status">{say(state.rated ? 'rate_thanks' : 'ended')}</p>}
      {state.chat?.can_mail && <Mail />}
      <button type="button" class={canRate ? 'plain' : 'primary'} onClick={actions.newChat}>
        {say('new_chat')}
      </button>
    </div>
  );
}

/** What was said, to an address that is asked for here and nowhere else used. */
function Mail() {
  const { actions, say } = useChat();
  const [open, setOpen] = useState(false);
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState('');
  const [error, setError] = useState('');

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    const to = email.trim();
    if (!EMAIL.test(to)) return setError(say('invalid_email'));
    setError('');
    await actions.mail(to).then(
      () => setSent(to),
      (e: unknown) => setError(e instanceof CallFailed && e.problem.field === 'email' ? say('invalid_email') : explain(e, say)),
    );
  }

  if (sent) return <p role="status">{say('mail_sent', { email: sent })}</p>;
  if (!open) {
    return (
      <button type="button" class="plain" onClick={() => setOpen(true)}>
        {say('mail')}
      </button>
    );
  }
  return (
    <form class="rating" noValidate onSubmit={send}>
      <label class="sr" for="sb-mail">
        {say('email')}
      </label>
      <input id="sb-mail" class="input" type="email" autocomplete="email" maxLength={254} placeholder={say('email')} value={email} aria-invalid={!!error} onInput={(e) => setEmail(e.currentTarget.value)} />
      <p class="error" role="alert">
        {error}
      </p>
      <button type="submit" class="primary">
        {say('send')}
      </button>
    </form>
  );
}

function Rating() {
  const { actions, say } = useChat();
  const [grade, setGrade] = useState(0);
  const [comment, setComment] = useState('');
  const latest = useRef('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !grade) return;
    setBusy(true);
    setError('');
    await actions.rate(grade, latest.current.trim()).catch((e: unknown) => {
      setError(explain(e, say));
      setBusy(false);
    });
  }

  return (
    <form class="rating" onSubmit={send}>
      <fieldset>
        <legend>{say('rate')}</legend>
        <div class="stars">
          {[1, 2, 3, 4, 5].map((n) => (
            <label key={n} class={n <= grade ? 'star full' : 'star'} title={say(`stars_${n}` as TextKey)}>
              <input type="radio" name="sb-grade" value={n} checked={n === grade} onChange={() => setGrade(n)} aria-label={say(`stars_${n}` as TextKey)} />
              <Icon name="star" />
            </label>
          ))}
        </div>
      </fieldset>
      {grade > 0 && (
        <>
          <label class="sr" for="sb-comment">
            {say('rate_comment')}
          </label>
          <textarea id="sb-comment" class="input" rows={2} maxLength={2000} dir="auto" placeholder={say('rate_comment')} value={comment} onInput={(e) => setComment((latest.current = e.currentTarget.value))} />
          <p class="error" role="alert">
            {error}
          </p>
          <button type="submit" class="primary" aria-busy={busy} aria-disabled={busy}>
            {say('rate_send')}
          </button>
        </>
      )}
    </form>
  );
}
