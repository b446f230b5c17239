/** What the panel knows, in one place; views read it, the session changes it. */
import { useLayoutEffect, useState } from 'preact/hooks';
import { fullConfig } from '../../shared/config';
import type { ChatState, Config, Visit } from '../../shared/wire';
import type { LinkState } from '../link/link';
import { emptyTimeline, type Timeline } from './timeline';

export interface State {
  open: boolean;
  visit: Visit;
  config: Config;
  chat: ChatState | null;
  timeline: Timeline;
  /** False until the chat's earlier messages are here. */
  loaded: boolean;
  link: LinkState;
  /** The name of the agent who is typing. */
  typing: string | null;
  offlineSent: boolean;
  /** The server said that nobody is there although the visit said otherwise. */
  turnedAway: boolean;
  rated: boolean;
  sound: boolean;
  /** A sentence about files that were not taken. */
  notice: string | null;
}

export interface Store {
  get(): State;
  set(patch: Partial<State>): void;
  subscribe(heard: () => void): () => void;
}

export function createStore(visit: Visit): Store {
  let state: State = {
    open: false,
    visit,
    config: fullConfig(visit.widget),
    chat: null,
    timeline: emptyTimeline,
    loaded: true,
    link: 'idle',
    typing: null,
    offlineSent: false,
    turnedAway: false,
    rated: false,
    sound: true,
    notice: null,
  };
  const heard = new Set<() => void>();
  return {
    get: () => state,
    set(patch) {
      state = { ...state, ...patch };
      for (const tell of [...heard]) tell();
    },
    subscribe(tell) {
      heard.add(tell);
      return () => heard.delete(tell);
    },
  };
}

export function useStore(store: Store): State {
  const [state, redraw] = useState(store.get);
  useLayoutEffect(() => {
    // It may have changed between the drawing and now.
    redraw(store.get());
    return store.subscribe(() => redraw(store.get()));
  }, [store]);
  return state;
}

export const isRunning = (chat: ChatState | null): boolean => chat?.status === 'waiting' || chat?.status === 'chatting';
