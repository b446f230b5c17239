/** The head of the panel: who answers, and what can be done with the window. */
import { isRunning } from '../chat/store';
import { initial } from '../format';
import { useChat } from './context';
import { Icon } from './icons';

export function Header({ onEnd }: { onEnd: () => void }) {
  const { state, actions, say } = useChat();
  const { chat, visit, sound } = state;
  const agent = chat?.status !== 'waiting' ? chat?.agent : null;
  const title = agent?.name || say('title');
  const online = visit.online || chat?.status === 'chatting';
  return (
    <div class="head">
      {agent ? (
        <Avatar name={title} picture={agent.avatar} />
      ) : (
        <span class="avatar" aria-hidden="true">
          <Icon name="talk" />
        </span>
      )}
      <div class="who">
        <h2 class="title" dir="auto">
          {title}
        </h2>
        <p class="sub">
          <span class={online ? 'dot on' : 'dot'} />
          {say(online ? 'online' : 'offline')}
        </p>
      </div>
      {isRunning(chat) && chat?.status === 'chatting' && (
        <button type="button" class="tool" aria-label={say('end')} title={say('end')} onClick={onEnd}>
          <Icon name="leave" />
        </button>
      )}
      {chat && (
        <button type="button" class="tool" aria-label={say(sound ? 'sound_off' : 'sound_on')} title={say(sound ? 'sound_off' : 'sound_on')} onClick={actions.toggleSound}>
          <Icon name={sound ? 'bell' : 'mute'} />
        </button>
      )}
      <button type="button" class="tool" aria-label={say('close')} title={say('close')} onClick={actions.close}>
        <Icon name="close" />
      </button>
    </div>
  );
}

export function Avatar({ name, picture }: { name: string; picture?: string | null }) {
  const { actions } = useChat();
  return (
    <span class="avatar" aria-hidden="true">
      {initial(name)}
      {picture && <img src={actions.fileUrl(picture)} alt="" onError={(e) => e.currentTarget.remove()} />}
    </span>
  );
}
