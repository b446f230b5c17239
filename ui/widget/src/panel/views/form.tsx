/** The form before a chat and the one when nobody is there: fields, checks, errors tied to their fields. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { CallFailed } from '../../shared/http';
import type { FormField } from '../../shared/wire';
import { explain } from '../chat/problems';
import { isBlank } from '../chat/sending';
import type { FormValues } from '../chat/session';
import { useChat } from './context';
import { Field } from './field';

type Errors = Record<string, string>;

export const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
const WHOLE = '';

export function Form({ fields, submit }: { fields: FormField[]; submit: 'start' | 'offline_send' }) {
  const { actions, say } = useChat();
  const [values, setValues] = useState<FormValues>(() => actions.kept<FormValues>('form') ?? {});
  // Browsers fill several fields at once, before anything is drawn again: never work from what was drawn last.
  const latest = useRef(values);
  const [errors, setErrors] = useState<Errors>({});
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
    const first = fields.find((f) => found[f.key]);
    if (first) form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first.key)}"]`)?.focus();
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const found = check();
    if (Object.keys(found).length) return complain(found);
    setBusy(true);
    setErrors({});
    try {
      await actions.start(Object.fromEntries(fields.map(({ key }) => [key, latest.current[key] ?? ''])));
    } catch (error) {
      const at = error instanceof CallFailed ? (error.problem.field ?? '').split('.').pop() : '';
      const field = fields.find((f) => f.key === at)?.key;
      const text = field === 'email' ? say('invalid_email') : explain(error, say);
      if (alive.current) complain({ [field ?? WHOLE]: text });
    } finally {
      if (alive.current) setBusy(false);
    }
  }

  return (
    <form class="form" ref={form} noValidate onSubmit={send}>
      {fields.map((field) => (
        <Field key={field.key} field={field} value={values[field.key] ?? ''} error={errors[field.key]} write={(value) => write(field.key, value)} />
      ))}
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
