/** What each side sees of the other: typing, delivered, read. */
import { keys } from '../../shared/bridge';
import type { Memory } from '../../shared/memory';
import type { Frame, Op } from '../../shared/wire';
import { isRunning, type Store } from './store';
import { mark, newestForUs, unreadCount } from './timeline';

export interface Presence {
  /** The visitor's draft changed. */
  drafting(text: string): void;
  /** Entries or visibility changed: tell how far we have received and read. */
  settle(): void;
  /** A new line: what was told over the old one may not have got through. */
  relinked(): void;
  typing(frame: Extract<Frame, { t: 'typing' }>): void;
  /** Reads back what was read before a reload. */
  restore(chat: string): void;
}

const PREVIEW_EVERY_MS = 1000;
const STOPPED_AFTER_MS = 5000;
const SHOWN_FOR_MS = 6000;

export function openPresence(store: Store, memory: Memory, transmit: (op: Op) => boolean, unread: (n: number) => void): Presence {
  let told = { chat: '', delivered: 0, read: 0 };
  let draft = '';
  let typing = false;
  let lastSent = 0;
  let sendTimer: ReturnType<typeof setTimeout> | undefined;
  let stopTimer: ReturnType<typeof setTimeout> | undefined;
  let hideTimer: ReturnType<typeof setTimeout> | undefined;
  let settleTimer: ReturnType<typeof setTimeout> | undefined;

  function sendDraft(): void {
    const { chat } = store.get();
    if (!chat || !isRunning(chat)) return;
    const on = draft !== '';
    if (!on && !typing) return;
    typing = on;
    lastSent = Date.now();
    transmit({ op: 'typing', chat: chat.id, text: on ? draft.slice(0, 500) : null, on });
  }

  function tell(): void {
    const { chat, timeline, open } = store.get();
    if (!chat) return;
    if (told.chat !== chat.id) told = { chat: chat.id, delivered: 0, read: 0 };
    const newest = newestForUs(timeline);
    if (!newest) return;
    if (open && !document.hidden && newest > (timeline.marks.visitor?.read ?? 0)) {
      store.set({ timeline: mark(timeline, { visitor: { read: newest, delivered: newest } }) });
      memory.set(keys.read, { chat: chat.id, seq: newest });
    }
    const read = store.get().timeline.marks.visitor?.read ?? 0;
    unread(unreadCount(store.get().timeline));
    if (read > told.read && read <= newest) {
      if (transmit({ op: 'read', chat: chat.id, seq: read })) told.read = told.delivered = read;
    } else if (newest > told.delivered) {
      if (transmit({ op: 'delivered', chat: chat.id, seq: newest })) told.delivered = newest;
    }
  }

  function settle(): void {
    clearTimeout(settleTimer);
    settleTimer = setTimeout(tell, 200);
  }

  return {
    drafting(text) {
      draft = text;
      clearTimeout(sendTimer);
      clearTimeout(stopTimer);
      sendTimer = setTimeout(sendDraft, text ? Math.max(0, lastSent + PREVIEW_EVERY_MS - Date.now()) : 0);
      if (text) {
        stopTimer = setTimeout(() => {
          const { chat } = store.get();
          if (chat && typing) transmit({ op: 'typing', chat: chat.id, text: null, on: (typing = false) });
        }, STOPPED_AFTER_MS);
      }
    },
    settle,
    relinked() {
      told = { chat: '', delivered: 0, read: 0 };
      settle();
    },
    typing(frame) {
      if (frame.who !== 'agent') return;
      clearTimeout(hideTimer);
      store.set({ typing: frame.on ? (frame.name ?? '') : null });
      if (frame.on) hideTimer = setTimeout(() => store.set({ typing: null }), SHOWN_FOR_MS);
    },
    restore(chat) {
      const kept = memory.get<{ chat: string; seq: number }>(keys.read);
      if (kept?.chat === chat) store.set({ timeline: mark(store.get().timeline, { visitor: { read: kept.seq } }) });
    },
  };
}
