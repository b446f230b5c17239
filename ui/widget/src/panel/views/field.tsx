/** One field of a form with its label and its error. */
import type { FormField } from '../../shared/wire';
import { texts, type TextKey } from '../texts';
import { useChat } from './context';

const kinds: Record<string, { type: 'text' | 'email' | 'tel'; autocomplete: string; mode?: 'email' | 'tel' }> = {
  name: { type: 'text', autocomplete: 'name' },
  email: { type: 'email', autocomplete: 'email', mode: 'email' },
  phone: { type: 'tel', autocomplete: 'tel', mode: 'tel' },
};

interface Props {
  field: FormField;
  value: string;
  error?: string;
  write(value: string): void;
}

export function Field({ field, value, error, write }: Props) {
  const { state, say } = useChat();
  const { key, required = false } = field;
  const label = key in texts.en ? say(key as TextKey) : key;
  const about = error ? `sb-${key}-error` : undefined;
  const common = {
    id: 'sb-' + key,
    name: key,
    value,
    class: 'input',
    'aria-required': required,
    'aria-invalid': !!error,
    'aria-describedby': about,
    onInput: (e: { currentTarget: { value: string } }) => write(e.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={common.id}>
        {label}
        {!required && <span class="muted"> ({say('optional')})</span>}
      </label>
      {key === 'department' ? (
        <select {...common}>
          <option value="">{say('department_choose')}</option>
          {state.visit.departments.map((d) => (
            <option key={d.id} value={String(d.id)}>
              {d.online ? d.name : say('department_away', { name: d.name })}
            </option>
          ))}
        </select>
      ) : key === 'message' ? (
        <textarea {...common} rows={3} maxLength={4000} dir="auto" />
      ) : (
        <input {...common} type={(kinds[key]?.type ?? 'text') as 'text'} inputMode={kinds[key]?.mode} autoComplete={kinds[key]?.autocomplete ?? 'off'} maxLength={200} dir="auto" />
      )}
      {error && (
        <p class="error" id={about}>
          {error}
        </p>
      )}
    </div>
  );
}
