/** One field of a form with its label and its error. */
import type { ComponentChildren } from 'preact';
import { ATTACHMENT, type Asked } from '../chat/fields';
import { checkFile } from '../chat/files';
import { texts, type TextKey } from '../texts';
import { useChat } from './context';

const kinds: Record<string, { type: 'text' | 'email' | 'tel'; autocomplete: string; mode?: 'email' | 'tel' }> = {
  name: { type: 'text', autocomplete: 'name' },
  email: { type: 'email', autocomplete: 'email', mode: 'email' },
  phone: { type: 'tel', autocomplete: 'tel', mode: 'tel' },
  company: { type: 'text', autocomplete: 'organization' },
};

interface Props {
  field: Asked;
  value: string;
  error?: string;
  write(value: string): void;
}

export function Field({ field, value, error, write }: Props) {
  const { state, say } = useChat();
  const { key, kind, required = false, choices } = field;
  const label = (
    <>
      <span dir="auto">{field.label ?? (key in texts.en ? say(key as TextKey) : key)}</span>
      {!required && <span class="muted"> ({say('optional')})</span>}
    </>
  );
  const about = error ? `sb-${key}-error` : undefined;
  const marks = { id: 'sb-' + key, name: key, 'aria-required': required, 'aria-invalid': !!error, 'aria-describedby': about };
  const common = { ...marks, value, class: 'input', onInput: (e: { currentTarget: { value: string } }) => write(e.currentTarget.value) };
  const wrong = error && (
    <p class="error" id={about}>
      {error}
    </p>
  );
  if (kind === 'checkbox') {
    return (
      <div class="field">
        <label class="tick-box" for={marks.id}>
          <input {...marks} type="checkbox" checked={value === 'true'} onInput={(e) => write(e.currentTarget.checked ? 'true' : '')} />
          <span>{label}</span>
        </label>
        {wrong}
      </div>
    );
  }
  const select = (none: string, options: ComponentChildren) => (
    <select {...common}>
      <option value="">{none}</option>
      {options}
    </select>
  );
  return (
    <div class="field">
      <label for={marks.id}>{label}</label>
      {key === 'department' ? (
        select(
          say('department_choose'),
          state.visit.departments.map((d) => (
            <option key={d.id} value={String(d.id)}>
              {d.online ? d.name : say('department_away', { name: d.name })}
            </option>
          )),
        )
      ) : choices?.length ? (
        select(
          say('choose'),
          choices.map((choice) => <option key={choice}>{choice}</option>),
        )
      ) : key === 'message' ? (
        <textarea {...common} rows={3} maxLength={4000} dir="auto" />
      ) : (
        <input {...common} type={(kinds[key]?.type ?? 'text') as 'text'} inputMode={kinds[key]?.mode} autoComplete={kinds[key]?.autocomplete ?? 'off'} maxLength={200} dir="auto" />
      )}
      {wrong}
    </div>
  );
}

/** One file to go with a message; what is not taken is said before anything is sent. */
export function FileField({ error, take }: { error?: string; take(file: File | undefined, error: string): void }) {
  const { state, say } = useChat();
  const { files } = state.config;
  const id = 'sb-' + ATTACHMENT;
  return (
    <div class="field">
      <label for={id}>
        {say('attachment')}
        <span class="muted"> ({say('optional')})</span>
      </label>
      <input
        id={id}
        name={ATTACHMENT}
        type="file"
        class="input"
        accept={files.types.join(',')}
        aria-invalid={!!error}
        aria-describedby={error ? id + '-error' : id + '-limit'}
        onChange={(e) => {
          const file = e.currentTarget.files?.[0];
          const wrong = file && checkFile(file, files, say);
          if (wrong) e.currentTarget.value = '';
          take(wrong ? undefined : file, wrong || '');
        }}
      />
      {error ? (
        <p class="error" id={id + '-error'}>
          {error}
        </p>
      ) : (
        <p class="muted" id={id + '-limit'}>
          {say('limits', { max: checkFile.limit(files) })}
        </p>
      )}
    </div>
  );
}
