/** Messages of the visitor from the first key to the acknowledgement: at once on screen, sent until answered. */
import { isPassing } from '../../shared/http';
import type { Memory } from '../../shared/memory';
import { uuid } from '../../shared/uuid';
import type { Frame, Op, Upload } from '../../shared/wire';
import type { Say } from '../texts';
import { checkFile, cleanName } from './files';
import { keepOutbox, restoreOutbox } from './outbox';
import { explainFile, explainProblem } from './problems';
import type { Server } from './server';
import type { Store } from './store';
import { change, drop, put, type Outgoing, type Timeline } from './timeline';

/** After this long without an answer a message says that it is not sent; it still goes when the line is back. */
const PATIENCE_MS = 30000;

export interface Sending {
  text(text: string): void;
  files(files: File[]): void;
  retry(client_id: string): void;
  discard(client_id: string): void;
  /** The line is there: send everything that has no answer. */
  flush(): void;
  answered(frame: Extract<Frame, { re: string }>): void;
  restore(chat: string): void;
}

/** Characters that show nothing: a message of these alone is no message. */
const INVISIBLE = /[\s\p{Cc}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
export const isBlank = (text: string): boolean => !text.replace(INVISIBLE, '');

export function openSending(store: Store, server: Server, tab: Memory, say: () => Say, transmit: (op: Op) => boolean): Sending {
  const waiting = new Map<string, string>();
  const patience = new Map<string, ReturnType<typeof setTimeout>>();
  const sources = new Map<string, File>();
  let count = 0;

  const edit = (next: (t: Timeline) => Timeline) => {
    const { chat, timeline } = store.get();
    const changed = next(timeline);
    store.set({ timeline: changed });
    if (chat) keepOutbox(tab, chat.id, changed.outgoing);
  };
  const find = (client_id: string) => store.get().timeline.outgoing.find((o) => o.client_id === client_id);
  const fail = (client_id: string, reason?: string) => edit((t) => change(t, client_id, { state: 'failed', reason }));

  function post(message: Outgoing): void {
    const { chat } = store.get();
    if (!chat || chat.status === 'ended') return fail(message.client_id, say()('ended'));
    const ref = 'm' + ++count;
    const { client_id, text, upload } = message;
    if (transmit({ op: 'say', ref, chat: chat.id, client_id, text, upload: upload?.id ?? null })) waiting.set(ref, client_id);
    clearTimeout(patience.get(client_id));
    patience.set(
      client_id,
      setTimeout(() => {
        patience.delete(client_id);
        if (find(client_id)?.state === 'sending') fail(client_id);
      }, PATIENCE_MS),
    );
  }

  function create(upload: Upload | null, text: string | null, extra: Partial<Outgoing> = {}): Outgoing {
    const message: Outgoing = { client_id: uuid(), text, upload, at: Date.now(), state: 'sending', ...extra };
    edit((t) => put(t, message));
    return message;
  }

  async function carry(client_id: string, file: File): Promise<void> {
    try {
      const upload = await server.upload(file, (share) => {
        const file = find(client_id)?.file;
        if (file) store.set({ timeline: change(store.get().timeline, client_id, { file: { ...file, share } }) });
      });
      sources.delete(client_id);
      edit((t) => change(t, client_id, { upload, state: 'sending' }));
      const message = find(client_id);
      if (message) post(message);
    } catch (error) {
      fail(client_id, explainFile(error, file.name, store.get().config.files, say()));
    }
  }

  return {
    text(text) {
      if (!isBlank(text)) post(create(null, text.trim()));
    },
    files(files) {
      const rules = store.get().config.files;
      const refused: string[] = [];
      for (const file of files) {
        const reason = checkFile(file, rules, say());
        if (reason) refused.push(reason);
        else {
          const preview = /^image\/(png|jpe?g|gif|webp)$/.test(file.type) ? URL.createObjectURL(file) : undefined;
          const shown = { name: cleanName(file.name), type: file.type, size: file.size, share: 0, preview };
          const message = create(null, null, { state: 'uploading', file: shown });
          sources.set(message.client_id, file);
          void carry(message.client_id, file);
        }
      }
      store.set({ notice: refused.join(' · ') || null });
    },
    retry(client_id) {
      const file = sources.get(client_id);
      edit((t) => change(t, client_id, { state: file ? 'uploading' : 'sending', reason: undefined }));
      const message = find(client_id);
      if (file) void carry(client_id, file);
      else if (message) post(message);
    },
    discard(client_id) {
      sources.delete(client_id);
      const preview = find(client_id)?.file?.preview;
      if (preview) URL.revokeObjectURL(preview);
      edit((t) => drop(t, client_id));
    },
    flush() {
      waiting.clear();
      for (const message of store.get().timeline.outgoing) {
        if (message.state === 'uploading' || (message.state === 'failed' && (message.reason || sources.has(message.client_id)))) continue;
        edit((t) => change(t, message.client_id, { state: 'sending' }));
        post(message);
      }
    },
    answered(frame) {
      const client_id = waiting.get(frame.re);
      if (!client_id) return;
      waiting.delete(frame.re);
      if (!frame.problem) return;
      const status = frame.problem.status ?? 0;
      // A passing trouble: stay in line, the next flush or the visitor tries again.
      fail(client_id, isPassing(status) && status !== 429 ? undefined : explainProblem(frame.problem, status, say()));
    },
    restore(chat) {
      for (const message of restoreOutbox(tab, chat)) edit((t) => put(t, message));
    },
  };
}
