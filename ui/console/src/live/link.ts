import type { Frame, Op, PollAnswer, ProblemBody } from "@switchboard/api";
import { Problem } from "@switchboard/api";
import { fullJitter } from "./backoff";
import { Cursors } from "./cursors";
import { Poller } from "./poller";

/** `live` and `polling` are both up to date; `catching-up` is connected and receiving what was missed. */
export type LinkState = "connecting" | "catching-up" | "live" | "polling" | "offline";

export interface LinkPorts {
  socket: () => WebSocket;
  poll: (body: object, signal: AbortSignal) => Promise<PollAnswer>;
  onState: (state: LinkState) => void;
  onFrame: (frame: Frame) => void;
  onSignedOut: () => void;
  random?: () => number;
}

const ATTEMPTS_BEFORE_POLLING = 2;
const ANSWER_TIMEOUT = 8_000;
const PROBE_EVERY = 30_000;

/**
 * The one connection of a tab. Keeps a WebSocket alive, comes back by itself and resumes by cursors;
 * after two failed attempts it polls and keeps trying the socket beside it.
 */
export class Link {
  readonly cursors = new Cursors();
  private socket: WebSocket | null = null;
  private welcomed = false;
  private failures = 0;
  private state: LinkState = "connecting";
  private pace = 20_000;
  private heard = 0;
  private stopped = true;
  private refs = 0;
  /** The topics the last hello named. */
  private greeted = new Set<string>();
  private readonly waiting = new Map<string, { done: (ok: unknown) => void; fail: (problem: Problem) => void }>();
  private readonly timers = { retry: 0, ping: 0, answer: 0, settle: 0, move: 0 };
  private readonly poller: Poller;

  constructor(private readonly site: number, private readonly ports: LinkPorts) {
    this.poller = new Poller(this.cursors, ports.poll, {
      onFrames: (frames) => frames.forEach((frame) => this.take(frame)),
      onUp: () => !this.welcomed && this.become("polling"),
      onDown: (problem) => (problem.slug === "unauthenticated" ? this.ports.onSignedOut() : this.become("offline")),
    });
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    addEventListener("online", this.wake);
    addEventListener("offline", this.sleep);
    document.addEventListener("visibilitychange", this.look);
    this.open();
  }

  stop(): void {
    this.stopped = true;
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.sleep);
    document.removeEventListener("visibilitychange", this.look);
    this.drop();
    this.poller.stop();
  }

  follow(topic: string, cursor: string): void {
    this.cursors.set(topic, cursor);
    this.send({ op: "follow", topic, cursor });
  }

  unfollow(topic: string): void {
    if (this.cursors.get(topic) === undefined) return;
    this.cursors.delete(topic);
    this.send({ op: "unfollow", topic });
  }

  /** Sends when connected; false when nobody took it. Following needs no repeat: cursors travel with each hello. */
  send(op: Op): boolean {
    if (this.welcomed && this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(op));
      return true;
    }
    return this.poller.running && this.poller.push(op);
  }

  /** Sends and waits for the answer to this one operation; only over a live socket. */
  ask(make: (ref: string) => Op): Promise<unknown> {
    if (!this.welcomed || this.socket?.readyState !== WebSocket.OPEN) return Promise.reject(Problem.offline("not connected"));
    const ref = `r${++this.refs}`;
    return new Promise((done, fail) => {
      const timer = setTimeout(() => this.settle(ref, { type: "/offline", title: "no answer", status: 0 }), ANSWER_TIMEOUT);
      this.waiting.set(ref, {
        done: (ok) => (clearTimeout(timer), done(ok)),
        fail: (problem) => (clearTimeout(timer), fail(problem)),
      });
      this.send(make(ref));
    });
  }

  private settle(ref: string, problem: ProblemBody | undefined, ok?: unknown): void {
    const asked = this.waiting.get(ref);
    this.waiting.delete(ref);
    if (problem) asked?.fail(new Problem(problem));
    else asked?.done(ok);
  }

  private open(): void {
    if (this.stopped || this.socket) return;
    clearTimeout(this.timers.retry);
    if (!this.poller.running) this.become("connecting");
    let socket: WebSocket;
    try {
      socket = this.ports.socket();
    } catch {
      this.lost(1006);
      return;
    }
    this.socket = socket;
    this.welcomed = false;
    socket.onopen = () => {
      const cursors = this.cursors.all();
      this.greeted = new Set(Object.keys(cursors));
      socket.send(JSON.stringify({ op: "hello", site: this.site, cursors } satisfies Op));
      this.expectAnswer();
    };
    socket.onmessage = (message) => {
      if (socket !== this.socket) return;
      this.heard = Date.now();
      clearTimeout(this.timers.answer);
      this.take(JSON.parse(String(message.data)) as Frame);
    };
    socket.onclose = (close) => socket === this.socket && this.lost(close.code);
    socket.onerror = () => {};
  }

  private take(frame: Frame): void {
    if ("re" in frame && frame.re !== undefined) return this.settle(frame.re, frame.problem, frame.ok);
    switch (frame.t) {
      case "welcome":
        this.welcome(frame.pace_ms);
        break;
      case "pong":
        if (this.state === "catching-up") this.become("live");
        return;
      case "move":
        clearTimeout(this.timers.move);
        this.timers.move = window.setTimeout(() => this.again(), frame.after_ms);
        return;
      case "entry":
      case "event":
        // An entry is weighed by its chat's thread, which can tell a hole; the cursor moves there.
        if (frame.t === "event" && !this.cursors.advance(frame.topic, frame.n)) return;
        break;
      case "reload":
        this.cursors.set(frame.topic, frame.n);
        break;
    }
    this.ports.onFrame(frame);
  }

  private welcome(pace: number): void {
    this.welcomed = true;
    this.failures = 0;
    this.pace = Math.max(2_000, pace || this.pace);
    this.poller.stop();
    this.become("catching-up");
    // What was followed between the hello and this welcome could not be sent then.
    for (const [topic, cursor] of Object.entries(this.cursors.all())) if (!this.greeted.has(topic)) this.send({ op: "follow", topic, cursor });
    this.ping();
    clearTimeout(this.timers.settle);
    this.timers.settle = window.setTimeout(() => this.state === "catching-up" && this.become("live"), 4_000);
  }

  private ping = (): void => {
    clearTimeout(this.timers.ping);
    if (!this.welcomed) return;
    this.send({ op: "ping", seqs: this.cursors.seqs() });
    this.expectAnswer();
    this.timers.ping = window.setTimeout(this.ping, this.pace);
  };

  private expectAnswer(): void {
    clearTimeout(this.timers.answer);
    this.timers.answer = window.setTimeout(() => this.again(), ANSWER_TIMEOUT);
  }

  private lost(code: number): void {
    this.drop();
    if (this.stopped) return;
    if (code === 4401) return this.ports.onSignedOut();
    if (code === 4403) return this.become("offline");
    if (!navigator.onLine) this.become("offline");
    this.failures += 1;
    if (this.failures >= ATTEMPTS_BEFORE_POLLING) this.poller.start();
    else this.become("connecting");
    const delay = this.poller.running ? PROBE_EVERY / 2 + fullJitter(9, this.ports.random, PROBE_EVERY, PROBE_EVERY) / 2 : fullJitter(code === 1012 ? 1 : this.failures, this.ports.random);
    this.timers.retry = window.setTimeout(() => this.open(), delay);
  }

  /** Leaves the present socket and opens another at once. */
  private again(): void {
    if (this.stopped) return;
    this.drop();
    this.open();
  }

  private drop(): void {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    const { socket } = this;
    this.socket = null;
    this.welcomed = false;
    if (socket) {
      socket.onclose = null;
      socket.onmessage = null;
      if (socket.readyState <= WebSocket.OPEN) socket.close();
    }
    for (const ref of [...this.waiting.keys()]) this.settle(ref, { type: "/offline", title: "connection lost", status: 0 });
  }

  private wake = (): void => {
    this.failures = 0;
    if (!this.socket) this.again();
    else this.ping();
  };

  private sleep = (): void => this.become("offline");

  private look = (): void => {
    if (document.visibilityState !== "visible") return;
    if (!this.socket) this.wake();
    else if (this.welcomed && Date.now() - this.heard > 5_000) this.ping();
  };

  private become(state: LinkState): void {
    if (state === this.state) return;
    this.state = state;
    this.ports.onState(state);
  }
}
