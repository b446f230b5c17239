/** Before a chat: the greeting with the form, the form when nobody is there, and the thanks for it. */
import type { Config, FormField } from '../../shared/wire';
import { useChat } from './context';
import { Form } from './form';
import { Icon } from './icons';

export function shownFields(config: Config, departments: number): FormField[] {
  if (!config.pre_chat.enabled) return [];
  return config.pre_chat.fields.filter((f) => f.visible !== false && (f.key !== 'department' || departments > 0));
}

export function PreChat() {
  const { state, say } = useChat();
  return (
    <div class="page" tabIndex={-1}>
      <h3 class="greeting" dir="auto">
        {say('greeting')}
      </h3>
      <Form fields={shownFields(state.config, state.visit.departments.length)} submit="start" />
    </div>
  );
}

/** Whatever the site asks before a chat, a message left behind needs a way to answer it and something to say. */
function offlineFields(config: Config): FormField[] {
  const asked = config.pre_chat.enabled ? config.pre_chat.fields.filter((f) => f.visible !== false && f.key !== 'message' && f.key !== 'email' && (f.key !== 'department' || f.required)) : [];
  return [...asked, { key: 'email', required: true }, { key: 'message', required: true }];
}

export function OfflineForm() {
  const { state, say } = useChat();
  return (
    <div class="page" tabIndex={-1}>
      <h3 class="greeting" dir="auto">
        {say('offline_title')}
      </h3>
      <p class="hint" dir="auto">
        {say('offline_hint')}
      </p>
      <Form fields={offlineFields(state.config)} submit="offline_send" />
    </div>
  );
}

export function OfflineSent() {
  const { actions, say } = useChat();
  return (
    <div class="page centre" tabIndex={-1}>
      <span class="medal">
        <Icon name="mail" />
      </span>
      <p class="big" role="status" dir="auto">
        {say('offline_sent')}
      </p>
      <button type="button" class="plain" onClick={actions.again}>
        {say('offline_again')}
      </button>
    </div>
  );
}

export function Skeleton() {
  const { say } = useChat();
  return (
    <div class="thread" role="status">
      <span class="sr">{say('loading')}</span>
      {['usual', 'short', 'own', 'tall', 'own short'].map((shape) => (
        <span key={shape} class={'bone ' + shape} aria-hidden="true" />
      ))}
    </div>
  );
}
