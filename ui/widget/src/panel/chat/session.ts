/** One visitor's dealings with the server, from "no chat" over waiting and chatting to the rating. */
import { keys, type Host } from '../../shared/bridge';
import { fullConfig } from '../../shared/config';
import { openMemory } from '../../shared/memory';
import { uuid } from '../../shared/uuid';
import type { ChatState, Entry, Frame, Visit } from '../../shared/wire';
import { backoff } from '../link/backoff';
import { openLink } from '../link/link';
import { sayer, type Say } from '../texts';
import { beep } from './beep';
import { isKept } from './fields';
import { openPresence } from './presence';
import { openSending, type Sending } from './sending';
import { openServer } from './server';
import { createStore, isRunning, type Store } from './store';
import { accept, complete, emptyTimeline, hasHole, mark } from './timeline';

export interface FormValues {
  [key: string]: string;
}

/** What a view may do. The preview puts its own in place. */
export interface Actions extends Pick<Sending, 'text' | 'files' | 'retry' | 'discard'> {
  start(values: FormValues, file?: File): Promise<void>;
  end(): Promise<void>;
  rate(grade: number, comment: string): Promise<void>;
  mail(email: string): Promise<unknown>;
  newChat(): void;
  again(): void;
  drafting(text: string): void;
  toggleSound(): void;
  dismissNotice(): void;
  close(): void;
  fileUrl(url: string): string;
  /** Things a view wants to find again after a reload of the page. */
  keep(key: 'draft' | 'form', value: unknown): void;
  kept<T>(key: 'draft' | 'form'): T | null;
}

export interface Session {
  store: Store;
  actions: Actions;
  visited(visit: Visit): void;
  chatElsewhere(chat: ChatState | null): void;
  openChanged(): void;
}

/** Until the server says more: somebody who was answered may rate. */
const ended = (chat: ChatState): ChatState => ({ ...chat, status: 'ended', can_rate: chat.status === 'chatting' });

/** Two answers may overtake each other; a chat that is over stays over. */
const isOlder = (state: ChatState, known: ChatState): boolean => (state.seq ?? 0) < (known.seq ?? 0) || (known.status === 'ended' && state.status !== 'ended');

export function openSession(host: Host, close: () => void): Session {
  const { memory } = host;
  const tab = openMemory('sessionStorage', `switchboard.${host.visit().visitor.id}.`);
  const server = openServer(host.base, host.token);
  const store = createStore(host.visit());
  const say: () => Say = () => sayer(store.get().visit.widget);
  const topic = () => (store.get().chat ? 'chat:' + store.get().chat?.id : '');
  let fetching: Promise<void> | undefined;
  const sentAhead = new WeakMap<File, string>();
  let formId = uuid();
  let refusals = 0;

  const link = openLink({
    url: server.socketUrl,
    token: host.token,
    cursors: () => (topic() ? { [topic()]: String(store.get().timeline.upto) } : {}),
    seqs: () => (store.get().chat ? { [store.get().chat?.id as string]: store.get().timeline.upto } : {}),
    ask: server.poll,
    frame: heard,
    state(state) {
      store.set({ link: state });
      host.linked(state === 'live' || state === 'polling');
      if (state === 'live' || state === 'polling') {
        refusals = 0;
        sending.flush();
        presence.relinked();
      }
    },
    refused: () => void tokenLost(),
  });
  const sending = openSending(store, server, tab, say, link.send);
  const presence = openPresence(store, memory, link.send, host.unread);

  function heard(frame: Frame): void {
    const { chat, timeline } = store.get();
    if (frame.t === undefined) return sending.answered(frame);
    switch (frame.t) {
      case 'entry':
        if (frame.topic === topic()) take([frame.entry], true);
        break;
      case 'reload':
        if (frame.topic === topic()) void refetch();
        break;
      case 'state':
        if (frame.state && (!chat || (frame.chat === chat.id && !isOlder(frame.state, chat)))) adopt({ ...chat, ...frame.state });
        break;
      case 'marks':
        if (frame.chat !== chat?.id) break;
        store.set({ timeline: mark(timeline, frame) });
        presence.settle();
        break;
      case 'typing':
        if (frame.chat === chat?.id) presence.typing(frame);
    }
  }

  function take(entries: Entry[], live: boolean): void {
    const before = store.get().timeline;
    const timeline = accept(before, entries);
    if (timeline === before) return;
    store.set({ timeline });
    const fromAgent = live && entries.some((e) => e.kind === 'message' && e.from.kind === 'agent');
    if (fromAgent) {
      store.set({ typing: null });
      if (store.get().sound && (document.hidden || !store.get().open)) beep();
    }
    const { chat } = store.get();
    if (chat && timeline.entries.at(-1)?.kind === 'ended' && isRunning(chat)) adopt(ended(chat));
    if (entries.some((e) => e.kind === 'rated')) store.set({ rated: true });
    if (hasHole(timeline)) void refetch();
    presence.settle();
  }

  /** Asks for everything after what is known without a hole; one question at a time. */
  function refetch(): Promise<void> {
    return (fetching ??= server
      .messages(store.get().timeline.upto)
      .then((entries) => {
        take(entries, false);
        store.set({ timeline: complete(store.get().timeline), loaded: true });
      })
      // Without an answer the line's next welcome or ping brings what is missing.
      .catch(() => store.set({ loaded: true }))
      .finally(() => (fetching = undefined)));
  }

  /** Takes over what is known about the chat and goes on or off the line accordingly. */
  function adopt(chat: ChatState | null): void {
    const { chat: before, timeline } = store.get();
    const other = chat?.id !== before?.id;
    if (other) store.set({ timeline: emptyTimeline, typing: null, rated: false, notice: null, loaded: !chat });
    if (chat?.status === 'ended') store.set({ typing: null });
    store.set({ chat });
    if (chat?.marks) store.set({ timeline: mark(store.get().timeline, chat.marks) });
    if (other || chat?.status !== before?.status) memory.set(keys.chat, chat);
    if (!chat) {
      link.stop();
      host.unread(0);
      return;
    }
    if (other) {
      presence.restore(chat.id);
      sending.restore(chat.id);
      void refetch().then(() => isRunning(store.get().chat) && link.start());
    } else if (!isRunning(chat) && isRunning(before)) {
      // The last words may still be on their way; then the line is no longer needed.
      if (timeline.upto < (chat.seq ?? 0)) void refetch();
      setTimeout(() => !isRunning(store.get().chat) && link.stop(), 3000);
    }
  }

  async function tokenLost(): Promise<void> {
    const before = host.visit().visitor.id;
    await new Promise((rested) => setTimeout(rested, refusals++ && backoff(refusals)));
    const visit = await host.revisit();
    if (!visit) {
      setTimeout(() => void tokenLost(), 5000 + Math.random() * 25000);
      return;
    }
    if (visit.visitor.id !== before || !visit.chat) adopt(visit.chat);
    else if (isRunning(store.get().chat)) link.start();
  }

  function visited(visit: Visit): void {
    store.set({ visit, config: fullConfig(visit.widget) });
    const { chat } = store.get();
    const known = visit.chat && visit.chat.id === chat?.id;
    if (visit.chat && visit.chat.status !== 'offline' && visit.chat.id !== memory.get(keys.done) && !(known && !isRunning(chat))) {
      adopt({ ...(known && chat), ...visit.chat });
    }
  }

  /** A file that was sent goes with the next try as it is. */
  async function ahead(file: File): Promise<string> {
    const known = sentAhead.get(file) ?? (await server.uploadAhead(file)).id;
    sentAhead.set(file, known);
    return known;
  }

  async function start(values: FormValues, file?: File): Promise<void> {
    const { message = '', ...fields } = values;
    const form: Record<string, string | number> = {};
    for (const [key, value] of Object.entries(fields)) {
      if (value.trim()) form[key] = key === 'department' ? Number(value) : value.trim();
    }
    const text = message.trim();
    const attachment = file && (await ahead(file));
    const chat = await server.startChat({ client_id: formId, form, ...(text && { message: text }), ...(attachment && { attachment }) });
    formId = uuid();
    tab.set(keys.form, Object.fromEntries(Object.entries(fields).filter(([key]) => isKept(key))));
    if (chat.status !== 'offline') return adopt(chat);
    store.set(text ? { offlineSent: true } : { turnedAway: true });
  }

  document.addEventListener('visibilitychange', () => {
    presence.settle();
    if (!document.hidden) link.wake();
  });
  addEventListener('online', link.wake);
  addEventListener('pagehide', link.stop);
  addEventListener('pageshow', (e) => {
    if (e.persisted && isRunning(store.get().chat)) void refetch().then(link.start);
  });
  memory.watch<{ chat: string; seq: number }>(keys.read, (kept) => {
    if (kept?.chat !== store.get().chat?.id || !kept) return;
    store.set({ timeline: mark(store.get().timeline, { visitor: { read: kept.seq } }) });
    presence.settle();
  });
  store.set({ sound: memory.get<boolean>(keys.sound) ?? true });
  visited(host.visit());

  const actions: Actions = {
    ...sending,
    start,
    async end() {
      const answer = await server.end();
      const { chat } = store.get();
      if (chat && isRunning(chat)) adopt({ ...ended(chat), ...(answer?.status && answer) });
    },
    async rate(grade, comment) {
      await server.rate(grade, comment);
      store.set({ rated: true });
    },
    mail: server.mail,
    newChat() {
      memory.set(keys.done, store.get().chat?.id ?? null);
      adopt(null);
    },
    again: () => store.set({ offlineSent: false, turnedAway: false }),
    drafting: presence.drafting,
    toggleSound() {
      const sound = !store.get().sound;
      memory.set(keys.sound, sound);
      store.set({ sound });
    },
    dismissNotice: () => store.set({ notice: null }),
    close,
    fileUrl: server.fileUrl,
    keep: (key, value) => tab.set(key, value),
    kept: (key) => tab.get(key),
  };

  return {
    store,
    actions,
    visited,
    chatElsewhere(chat) {
      const mine = store.get().chat;
      if (chat?.id !== mine?.id && (chat ? isRunning(chat) : !isRunning(mine))) adopt(chat);
      else if (chat && mine && chat.id === mine.id && chat.status !== mine.status && isRunning(mine)) adopt({ ...mine, ...chat });
    },
    openChanged: presence.settle,
  };
}
