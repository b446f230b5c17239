import type { Frame, Op, PollAnswer } from "@switchboard/api";
import { Problem } from "@switchboard/api";
import { fullJitter } from "./backoff";
import type { Cursors } from "./cursors";

interface PollerEvents {
  onFrames: (frames: Frame[]) => void;
  onUp: () => void;
  onDown: (problem: Problem) => void;
}

const WAIT = 20_000;
const OPS_AT_ONCE = 32;

/** The same frames over plain requests, at the pace the server sets. */
export class Poller {
  running = false;
  private ops: Op[] = [];
  private hanging: AbortController | null = null;
  private failures = 0;
  private timer = 0;
  private heard: string | null = null;

  constructor(
    private readonly cursors: Cursors,
    private readonly poll: (body: object, signal: AbortSignal) => Promise<PollAnswer>,
    private readonly events: PollerEvents,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.failures = 0;
    void this.turn(0);
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
    this.hanging?.abort();
    this.hanging = null;
  }

  /** Operations cut a waiting request short, so that they leave at once. */
  push(op: Op): boolean {
    // A follow needs no words: the cursors of the next request say it.
    if (op.op !== "follow" && op.op !== "unfollow" && op.op !== "ping") this.ops.push(op);
    this.hanging?.abort();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.turn(WAIT), 20);
    return true;
  }

  private async turn(wait: number): Promise<void> {
    if (!this.running) return;
    const stop = new AbortController();
    this.hanging = stop;
    const ops = this.ops.splice(0, OPS_AT_ONCE);
    try {
      const answer = await this.poll({ cursors: this.cursors.all(), ops, wait_ms: wait, ...(this.heard ? { heard: this.heard } : {}) }, stop.signal);
      if (!this.running || this.hanging !== stop) return;
      this.failures = 0;
      this.heard = answer.heard ?? null;
      this.events.onUp();
      this.events.onFrames(answer.frames);
      this.timer = window.setTimeout(() => void this.turn(WAIT), Math.max(200, answer.pace_ms));
    } catch (error) {
      this.ops.unshift(...ops);
      if (stop.signal.aborted || !this.running) return;
      this.failures += 1;
      const problem = error instanceof Problem ? error : Problem.offline(String(error));
      this.events.onDown(problem);
      this.timer = window.setTimeout(() => void this.turn(0), 500 + fullJitter(this.failures));
    }
  }
}
