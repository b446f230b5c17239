/** Before a chat: the greeting with the form, the form when nobody is there, and the thanks for it. */
import { fieldsBefore, fieldsOffline } from '../chat/fields';
import { useChat } from './context';
import { Form } from './form';
import { Icon } from './icons';

export function PreChat() {
  const { state, say, language } = useChat();
  return (
    <div class="page" tabIndex={-1}>
      <h3 class="greeting" dir="auto">
        {say('greeting')}
      </h3>
      <Form fields={fieldsBefore(state.config, state.visit.departments.length, language)} submit="start" />
    </div>
  );
}

export function OfflineForm() {
  const { state, say, language } = useChat();
  return (
    <div class="page" tabIndex={-1}>
      <h3 class="greeting" dir="auto">
        {say('offline_title')}
      </h3>
      <p class="hint" dir="auto">
        {say('offline_hint')}
      </p>
      <Form fields={fieldsOffline(state.config, language)} submit="offline_send" takesFile={state.config.files.enabled} />
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
