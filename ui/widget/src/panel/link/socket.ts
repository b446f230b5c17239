/** One WebSocket from its opening to its end: hello, welcome, pings. Knows nothing of retries. */
import type { Frame, Op } from '../../shared/wire';

export interface SocketEvents {
  hello(): Op;
  ping(): Op;
  welcome(): void;
  frame(frame: Frame): void;
  /** Called once; `code` is 0 when the socket could not even be made. */
  closed(code: number, welcomed: boolean): void;
}

export interface Socket {
  send(op: Op): boolean;
  /** Asks for a sign of life now, e.g. after the machine slept. */
  probe(): void;
  close(): void;
}

const WELCOME_MS = 10000;
const ANSWER_MS = 10000;

export function openSocket(url: string, on: SocketEvents): Socket {
  let welcomed = false;
  let over = false;
  let pace = 20000;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ws: WebSocket | undefined;

  const end = (code: number) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    if (ws) ws.onopen = ws.onmessage = ws.onerror = ws.onclose = null;
    try {
      ws?.close();
    } catch {
      // Closing a socket that never opened is of no interest.
    }
    on.closed(code, welcomed);
  };
  const within = (ms: number, then: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  };
  const send = (op: Op) => {
    if (over || ws?.readyState !== 1) return false;
    ws.send(JSON.stringify(op));
    return true;
  };
  const probe = () => {
    if (!welcomed) return;
    send(on.ping());
    within(ANSWER_MS, () => end(4000));
  };
  const rest = () => within(pace, probe);

  within(WELCOME_MS, () => end(4000));
  try {
    ws = new WebSocket(url);
    ws.onopen = () => send(on.hello());
    ws.onerror = () => undefined;
    ws.onclose = (e) => end(e.code || 1006);
    ws.onmessage = (e) => {
      let frame: Frame;
      try {
        frame = JSON.parse(String(e.data)) as Frame;
      } catch {
        return;
      }
      if (frame.t === 'welcome') {
        pace = Math.max(frame.pace_ms ?? pace, 1000);
        welcomed = true;
        on.welcome();
      }
      if (welcomed) rest();
      on.frame(frame);
    };
  } catch {
    setTimeout(() => end(0));
  }
  return {
    send,
    probe,
    close() {
      over = true;
      clearTimeout(timer);
      if (!ws) return;
      ws.onopen = ws.onmessage = ws.onerror = ws.onclose = null;
      ws.close(1000);
    },
  };
}
