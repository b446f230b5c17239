/** The widget API as functions, with the token put in by the caller once. */
import { call, CallFailed } from '../../shared/http';
import type { ChatState, Entry, Frame, Op, Problem, Upload } from '../../shared/wire';

export interface NewChat {
  client_id: string;
  form: Record<string, string | number>;
  message?: string;
  /** A file sent ahead. */
  attachment?: string;
}

export interface Server {
  socketUrl: string;
  startChat(chat: NewChat): Promise<ChatState>;
  messages(afterSeq: number): Promise<Entry[]>;
  uploadAhead(file: File): Promise<Upload>;
  upload(file: File, progress: (share: number) => void): Promise<Upload>;
  end(): Promise<ChatState | null>;
  rate(grade: number, comment: string): Promise<unknown>;
  mail(email: string): Promise<unknown>;
  poll(body: { cursors: Record<string, string>; ops: Op[]; wait_ms: number; heard?: string }, signal: AbortSignal): Promise<{ frames: Frame[]; pace_ms?: number; heard?: string }>;
  /** A file's address may be given relative to the server. */
  fileUrl(url: string): string;
}

export function openServer(base: string, token: () => string): Server {
  const at = (path: string) => base + 'widget/' + path;
  const post = <T>(path: string, body: unknown, signal?: AbortSignal) => call<T>(at(path), 'POST', token(), body, signal);
  return {
    socketUrl: base.replace(/^http/, 'ws') + 'ws/visitor',
    startChat: (chat) => post<ChatState>('chats', chat),
    async messages(afterSeq) {
      const all: Entry[] = [];
      for (let after = afterSeq; ; ) {
        const { items, next } = await call<{ items: Entry[]; next?: string | null }>(at(`chat/messages?after_seq=${after}`), 'GET', token());
        all.push(...items);
        const last = items.at(-1)?.seq ?? after;
        if (!next || last <= after) return all;
        after = last;
      }
    },
    uploadAhead: (file) => send(at('uploads'), token(), file, () => undefined),
    upload: (file, progress) => send(at('chat/uploads'), token(), file, progress),
    end: () => post('chat/end', {}),
    rate: (grade, comment) => call(at('chat/rating'), 'PUT', token(), { grade, ...(comment && { comment }) }),
    mail: (email) => post('chat/transcript', { email }),
    poll: (body, signal) => post('poll', body, signal),
    fileUrl: (url) => new URL(url, base).href,
  };
}

/** The old request object, for it alone tells how far an upload has come. */
function send(url: string, token: string, file: File, progress: (share: number) => void): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('Authorization', 'Bearer ' + token);
    request.responseType = 'json';
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    request.onerror = request.onabort = () => reject(new CallFailed(0, {}));
    request.onload = () => {
      if (request.status < 300 && request.response) resolve(request.response as Upload);
      else reject(new CallFailed(request.status, (request.response as Problem | null) ?? {}));
    };
    const form = new FormData();
    form.append('file', file, file.name);
    request.send(form);
  });
}
