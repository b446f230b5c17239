/** The form before a chat and the one when nobody is there: fields, checks, errors tied to their fields. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { CallFailed } from '../../shared/http';
import { ATTACHMENT, type Asked } from '../chat/fields';
import { explain, explainFile } from '../chat/problems';
import { isBlank } from '../chat/sending';
import type { FormValues } from '../chat/session';
import { useChat } from './context';
import { Field, FileField } from './field';

type Errors = Record<string, string>;

export const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
const WHOLE = '';

interface Props {
  fields: Asked[];
  submit: 'start' | 'offline_send';
  takesFile?: boolean;
}

export function Form({ fields, submit, takesFile }: Props) {
  const { state, actions, say } = useChat();
  const [values, setValues] = useState<FormValues>(() => actions.kept<FormValues>('form') ?? {});
  // Browsers fill several fields at once, before anything is drawn again: never work from what was drawn last.
  const latest = useRef(values);
  const [errors, setErrors] = useState<Errors>({});
  const [file, setFile] = useState<File>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);

  const write = (key: string, value: string) => {
    latest.current = { ...latest.current, [key]: value };
    setValues(latest.current);
    actions.keep('form', latest.current);
    setErrors((now) => (now[key] ? { ...now, [key]: '' } : now));
  };

  function check(): Errors {
    const found: Errors = {};
    for (const { key, required } of fields) {
      const value = latest.current[key] ?? '';
      if (required && isBlank(value)) found[key] = say('required');
      else if (key === 'email' && value.trim() && !EMAIL.test(value.trim())) found[key] = say('invalid_email');
    }
    return found;
  }

  /** Shows the errors and moves to the first of them. */
  function complain(found: Errors): void {
    setErrors(found);
    const first = [...fields.map((f) => f.key), ATTACHMENT].find((key) => found[key]);
    if (first) form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first)}"]`)?.focus();
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const found = check();
    if (Object.keys(found).length) return complain(found);
    setBusy(true);
    setErrors({});
    try {
      await actions.start(Object.fromEntries(fields.map(({ key }) => [key, latest.current[key] ?? ''])), file);
    } catch (error) {
      if (alive.current) complain(blame(error));
    } finally {
      if (alive.current) setBusy(false);
    }
  }

  /** The field that the server found at fault. */
  function blame(error: unknown): Errors {
    const at = error instanceof CallFailed ? (error.problem.field ?? '').split('.').pop() : '';
    if (file && (at === 'file' || at === ATTACHMENT)) return { [ATTACHMENT]: explainFile(error, file.name, state.config.files, say) };
    const field = fields.find((f) => f.key === at)?.key;
    return { [field ?? WHOLE]: field === 'email' ? say('invalid_email') : explain(error, say) };
  }

  return (
    <form class="form" ref={form} noValidate onSubmit={send}>
      {fields.map((field) => (
        <Field key={field.key} field={field} value={values[field.key] ?? ''} error={errors[field.key]} write={(value) => write(field.key, value)} />
      ))}
      {takesFile && <FileField error={errors[ATTACHMENT]} take={(taken, error) => (setFile(taken), setErrors((now) => ({ ...now, [ATTACHMENT]: error })))} />}
      <p class="error whole" role="alert">
        {errors[WHOLE]}
      </p>
      <button class="primary" type="submit" aria-busy={busy} aria-disabled={busy}>
        {busy ? <span class="spin" aria-hidden="true" /> : null}
        {say(submit)}
      </button>
    </form>
  );
}
