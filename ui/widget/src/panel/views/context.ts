/** What every view needs: state, actions, words. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Language } from '../../shared/wire';
import type { Actions } from '../chat/session';
import type { State } from '../chat/store';
import type { Say } from '../texts';

export interface Surroundings {
  state: State;
  actions: Actions;
  say: Say;
  language: Language;
}

export const Surrounding = createContext<Surroundings | null>(null);

export function useChat(): Surroundings {
  const found = useContext(Surrounding);
  if (!found) throw new Error('a view of the panel stands outside the panel');
  return found;
}
