/** The panel as a whole: which screen, and the keys and drops that belong to all of them. */
import { useEffect, useState } from 'preact/hooks';
import { languageOf } from '../../shared/config';
import { explain } from '../chat/problems';
import { allowSound } from '../chat/beep';
import type { Actions } from '../chat/session';
import { fieldsBefore } from '../chat/fields';
import { isRunning, useStore, type Store } from '../chat/store';
import { sayer } from '../texts';
import { ConnectionBar, EndQuestion, NoticeBar, WaitingBar } from './bars';
import { Composer } from './composer';
import { Surrounding, useChat } from './context';
import { Header } from './header';
import { OfflineForm, OfflineSent, PreChat, Skeleton } from './lobby';
import { Ended } from './rating';
import { Thread } from './thread';

export interface AppProps {
  store: Store;
  actions: Actions;
  /** Whether the panel fills the screen. */
  isFull(): boolean;
}

export function App({ store, actions, isFull }: AppProps) {
  const state = useStore(store);
  const { widget } = state.visit;
  const language = languageOf(widget);
  const say = sayer(widget);
  const [ending, setEnding] = useState(false);
  const [dropping, setDropping] = useState(false);
  const takesFiles = state.config.files.enabled && isRunning(state.chat);
  const status = state.chat?.status;
  useEffect(() => setEnding(false), [status, state.open]);

  const hasFiles = (e: DragEvent) => takesFiles && !!e.dataTransfer?.types.includes('Files');
  return (
    <Surrounding.Provider value={{ state, actions, say, language }}>
      <div
        class="sb"
        role="dialog"
        aria-modal={isFull()}
        aria-label={say('title')}
        lang={language === 'zh' ? 'zh-CN' : 'en'}
        hidden={!state.open}
        tabIndex={-1}
        onPointerDown={allowSound}
        onKeyDown={(e) => {
          allowSound();
          if (e.key !== 'Escape' || e.isComposing) return;
          e.stopPropagation();
          if (ending) setEnding(false);
          else actions.close();
        }}
        onDragOver={(e) => {
          if (!hasFiles(e)) return;
          e.preventDefault();
          setDropping(true);
        }}
        onDragLeave={(e) => e.currentTarget.contains(e.relatedTarget as Node | null) || setDropping(false)}
        onDrop={(e) => {
          if (!hasFiles(e)) return;
          e.preventDefault();
          setDropping(false);
          actions.files([...(e.dataTransfer?.files ?? [])]);
        }}
      >
        <Header onEnd={() => setEnding(!ending)} />
        <div class="bars">
          <ConnectionBar />
          <NoticeBar />
        </div>
        {state.chat ? <Chat ending={ending} done={() => setEnding(false)} /> : <Lobby />}
        {dropping && (
          <div class="drop" aria-hidden="true">
            {say('drop')}
          </div>
        )}
      </div>
    </Surrounding.Provider>
  );
}

function Lobby() {
  const { state, language } = useChat();
  if (state.offlineSent) return <OfflineSent />;
  if (!state.visit.online || state.turnedAway) return <OfflineForm />;
  if (fieldsBefore(state.config, state.visit.departments.length, language).length) return <PreChat />;
  return <DirectStart />;
}

/** No form: the first message opens the chat. */
function DirectStart() {
  const { actions, say } = useChat();
  const [error, setError] = useState('');
  return (
    <>
      <Thread greet />
      <p class="error whole" role="alert">
        {error}
      </p>
      <Composer
        send={(message) => {
          setError('');
          return actions.start({ message }).catch((e: unknown) => {
            setError(explain(e, say));
            throw e;
          });
        }}
      />
    </>
  );
}

function Chat({ ending, done }: { ending: boolean; done: () => void }) {
  const { state } = useChat();
  const status = state.chat?.status;
  return (
    <>
      {state.loaded || state.timeline.entries.length ? <Thread greet /> : <Skeleton />}
      {status === 'waiting' && <WaitingBar />}
      {status === 'ended' ? (
        <div tabIndex={-1} class="rest">
          <Ended />
        </div>
      ) : ending ? (
        <EndQuestion done={done} />
      ) : (
        <Composer />
      )}
    </>
  );
}
