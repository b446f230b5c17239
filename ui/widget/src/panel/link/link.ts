/**
 * The line to the server. A socket when possible; after two failed attempts long polling, with a new try
 * for a socket every minute. Never gives up by itself.
 */
import { CallFailed } from '../../shared/http';
import type { Frame, Op } from '../../shared/wire';
import { backoff } from './backoff';
import { openPoll, type Poll, type PollEvents } from './poll';
import { openSocket, type Socket } from './socket';

export type LinkState = 'idle' | 'connecting' | 'live' | 'polling' | 'lost';

export interface LinkEvents {
  url: string;
  token(): string;
  cursors(): Record<string, string>;
  seqs(): Record<string, number>;
  ask: PollEvents['ask'];
  frame(frame: Frame): void;
  /** Called on every change, and again with 'live' for each new socket. */
  state(state: LinkState): void;
  /** The token is not accepted; the link has stopped. */
  refused(): void;
}

export interface Link {
  start(): void;
  stop(): void;
  /** False when there is no line; the caller sends again when there is one. */
  send(op: Op): boolean;
  /** Looks at once whether the line is still there: the page came back, the network changed. */
  wake(): void;
}

const SOCKET_TRIES = 2;
const SOCKET_RETRY_MS = 60000;
const DENIED_RETRY_MS = 300000;

export function openLink(on: LinkEvents): Link {
  let state: LinkState = 'idle';
  let socket: Socket | undefined;
  let poll: Poll | undefined;
  let failures = 0;
  let pollFailures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let moving: ReturnType<typeof setTimeout> | undefined;

  const become = (next: LinkState) => {
    if (next === state && next !== 'live') return;
    state = next;
    on.state(next);
  };
  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(connect, ms);
  };

  function connect(): void {
    clearTimeout(timer);
    clearTimeout(moving);
    socket?.close();
    socket = openSocket(on.url, {
      hello: () => ({ op: 'hello', token: on.token(), cursors: on.cursors() }),
      ping: () => ({ op: 'ping', seqs: on.seqs() }),
      welcome() {
        failures = pollFailures = 0;
        endPoll();
        become('live');
      },
      frame,
      closed: socketClosed,
    });
  }

  function socketClosed(code: number, welcomed: boolean): void {
    socket = undefined;
    if (state === 'idle') return;
    if (code === 4401) return refuse();
    if (welcomed) {
      become('connecting');
      return later(code === 4403 ? DENIED_RETRY_MS : backoff(code === 4429 ? 3 : 0));
    }
    failures++;
    if (failures < SOCKET_TRIES) {
      become('lost');
      return later(backoff(failures));
    }
    startPoll();
    later(code === 4403 ? DENIED_RETRY_MS : SOCKET_RETRY_MS);
  }

  function startPoll(): void {
    poll ??= openPoll({
      ask: on.ask,
      cursors: on.cursors,
      frame,
      answered() {
        pollFailures = 0;
        if (state !== 'live') become('polling');
      },
      failed(error) {
        const status = error instanceof CallFailed ? error.status : 0;
        if (status === 401) {
          refuse();
          return null;
        }
        become('lost');
        return status === 403 ? DENIED_RETRY_MS : backoff(++pollFailures);
      },
    });
  }

  function endPoll(): void {
    poll?.close();
    poll = undefined;
  }

  function frame(it: Frame): void {
    if (it.t === 'move') {
      clearTimeout(moving);
      moving = setTimeout(() => state === 'live' && connect(), it.after_ms ?? 0);
    } else {
      on.frame(it);
    }
  }

  function stop(): void {
    clearTimeout(timer);
    clearTimeout(moving);
    socket?.close();
    socket = undefined;
    endPoll();
    failures = pollFailures = 0;
    become('idle');
  }

  function refuse(): void {
    stop();
    on.refused();
  }

  return {
    start() {
      if (state !== 'idle') return;
      become('connecting');
      connect();
    },
    stop,
    send(op) {
      if (state === 'live') return socket?.send(op) ?? false;
      if (state !== 'polling' || !poll) return false;
      poll.send(op);
      return true;
    },
    wake() {
      if (state === 'live') socket?.probe();
      else if (state !== 'idle' && !socket) {
        if (state === 'lost') endPoll();
        connect();
      }
    },
  };
}
