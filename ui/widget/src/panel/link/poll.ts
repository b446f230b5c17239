/** Long polling for networks that let no socket through; the server says how often. */
import { CallFailed, isPassing } from '../../shared/http';
import type { Frame, Op } from '../../shared/wire';

export interface PollAnswer {
  frames: Frame[];
  pace_ms?: number;
  /** What this answer told for good; named in the next question, it is not told again. */
  heard?: string;
}

export interface PollEvents {
  ask(body: { cursors: Record<string, string>; ops: Op[]; wait_ms: number; heard?: string }, signal: AbortSignal): Promise<PollAnswer>;
  cursors(): Record<string, string>;
  answered(): void;
  frame(frame: Frame): void;
  /** Says how long to wait before the next try, or null to give up. */
  failed(error: unknown): number | null;
}

export interface Poll {
  send(op: Op): void;
  close(): void;
}

const WAIT_MS = 25000;

export function openPoll(on: PollEvents): Poll {
  const stop = new AbortController();
  let queue: Op[] = [];
  let pace = 1000;
  let first = true;
  let heard: string | undefined;
  let flushing: ReturnType<typeof setTimeout> | undefined;
  let wake: (() => void) | undefined;

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function ask(wait_ms: number, known?: string): Promise<string | undefined> {
    const ops = queue;
    queue = [];
    const answer = await on.ask({ cursors: on.cursors(), ops, wait_ms, ...(known && { heard: known }) }, stop.signal).catch((error: unknown) => {
      // Words that did not get through go again with the next question; the server knows them by their id.
      if (error instanceof CallFailed && isPassing(error.status)) queue = [...ops.filter((o) => o.op === 'say'), ...queue];
      throw error;
    });
    if (stop.signal.aborted) return;
    pace = Math.min(Math.max(answer.pace_ms ?? pace, 250), 60000);
    on.answered();
    for (const frame of answer.frames ?? []) on.frame(frame);
    return answer.heard;
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      let rest: number | null;
      try {
        heard = await ask(first ? 0 : WAIT_MS, heard);
        first = false;
        rest = pace;
      } catch (error) {
        if (stop.signal.aborted) return;
        first = true;
        rest = on.failed(error);
        if (rest === null) return;
      }
      await sleep(rest);
    }
  }

  void run();
  return {
    send(op) {
      queue.push(op);
      clearTimeout(flushing);
      // Words go at once beside the waiting poll; marks and typing may gather.
      flushing = setTimeout(() => void ask(0).catch(() => undefined), op.op === 'say' ? 0 : pace);
    },
    close() {
      stop.abort();
      clearTimeout(flushing);
      wake?.();
    },
  };
}
