import type { Frame } from "@switchboard/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Cursors, isNewer } from "./cursors";
import { Link, type LinkState } from "./link";

class FakeSocket {
  static made: FakeSocket[] = [];
  readyState = 0;
  sent: { op: string; [key: string]: unknown }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    FakeSocket.made.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
  hears(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  closes(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const listeners = new Map<string, () => void>();
let states: LinkState[];
let frames: Frame[];
let polls: { cursors: Record<string, string>; ops: unknown[] }[];
let signedOut: number;

function link() {
  const one = new Link(1, {
    socket: () => new FakeSocket() as unknown as WebSocket,
    poll: async (body) => (polls.push(body as (typeof polls)[number]), { frames: [], pace_ms: 60_000 }),
    onState: (state) => states.push(state),
    onFrame: (frame) => frames.push(frame),
    onSignedOut: () => (signedOut += 1),
    random: () => 0.5,
  });
  one.start();
  return one;
}
const last = () => FakeSocket.made.at(-1) as FakeSocket;
const welcome = (socket = last()) => (socket.opens(), socket.hears({ t: "welcome", pace_ms: 20_000, session: "s" }));

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.made = [];
  [states, frames, polls, signedOut] = [[], [], [], 0];
  const add = (name: string, run: () => void) => listeners.set(name, run);
  vi.stubGlobal("WebSocket", { OPEN: 1 });
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("addEventListener", add);
  vi.stubGlobal("removeEventListener", () => {});
  vi.stubGlobal("document", { addEventListener: add, removeEventListener: () => {}, visibilityState: "visible" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("says hello first, with the cursors it has, and is live after the pong", () => {
  const one = link();
  one.cursors.set("desk", "e.4");
  welcome();
  expect(last().sent[0]).toEqual({ op: "hello", site: 1, cursors: { desk: "e.4" } });
  expect(states).toEqual(["catching-up"]);
  last().hears({ t: "pong" });
  expect(states.at(-1)).toBe("live");
});

test("what is followed between hello and welcome is followed after it", () => {
  const one = link();
  last().opens();
  one.follow("desk", "e.1");
  last().hears({ t: "welcome", pace_ms: 20_000, session: "s" });
  expect(last().sent.map((op) => op.op)).toEqual(["hello", "follow", "ping"]);
});

test("events seen before are dropped, those of a new epoch are not", () => {
  const one = link();
  one.cursors.set("desk", "e.4");
  welcome();
  for (const n of ["e.4", "e.5", "e.5", "f.1"]) last().hears({ t: "event", topic: "desk", n, kind: "notice", data: {} });
  expect(frames.filter((frame) => frame.t === "event").map((frame) => frame.t === "event" && frame.n)).toEqual(["e.5", "f.1"]);
});

test("comes back with the last cursor after a cut", () => {
  const one = link();
  one.follow("desk", "e.1");
  welcome();
  last().hears({ t: "event", topic: "desk", n: "e.9", kind: "notice", data: {} });
  last().closes();
  vi.advanceTimersByTime(20_000);
  last().opens();
  expect([FakeSocket.made.length, last().sent[0]?.cursors]).toEqual([2, { desk: "e.9" }]);
});

test("polls after two failed attempts, and leaves it when the socket is back", async () => {
  link();
  last().closes();
  await vi.advanceTimersByTimeAsync(5_000);
  last().closes();
  await vi.advanceTimersByTimeAsync(10);
  expect([polls.length, states.at(-1)]).toEqual([1, "polling"]);
  await vi.advanceTimersByTimeAsync(31_000);
  welcome();
  last().hears({ t: "pong" });
  const before = polls.length;
  await vi.advanceTimersByTimeAsync(15_000);
  expect([states.at(-1), polls.length]).toEqual(["live", before]);
});

test("an operation cuts the waiting poll short", async () => {
  const one = link();
  last().closes();
  await vi.advanceTimersByTimeAsync(5_000);
  last().closes();
  await vi.advanceTimersByTimeAsync(10);
  expect(one.send({ op: "read", chat: "c", seq: 3 })).toBe(true);
  await vi.advanceTimersByTimeAsync(30);
  expect(polls.at(-1)?.ops).toEqual([{ op: "read", chat: "c", seq: 3 }]);
});

test("what was asked is answered, refused, or known to be lost", async () => {
  const one = link();
  await expect(one.ask((ref) => ({ op: "say", ref, chat: "c", client_id: "1", text: "a", upload: null }))).rejects.toMatchObject({ slug: "offline" });
  welcome();
  const say = () => one.ask((ref) => ({ op: "say", ref, chat: "c", client_id: "1", text: "a", upload: null }));
  const good = say();
  last().hears({ re: last().sent.at(-1)?.ref, ok: { seq: 1 } });
  await expect(good).resolves.toEqual({ seq: 1 });
  const bad = say();
  last().hears({ re: last().sent.at(-1)?.ref, problem: { type: "https://x/conflict", title: "conflict", status: 409 } });
  await expect(bad).rejects.toMatchObject({ slug: "conflict" });
  const lost = say();
  last().closes();
  await expect(lost).rejects.toMatchObject({ slug: "offline" });
});

test("a silent socket is left for another", () => {
  link();
  welcome();
  last().hears({ t: "pong" });
  vi.advanceTimersByTime(20_000 + 8_100);
  expect(FakeSocket.made.length).toBe(2);
});

test("moves when told, without counting it as a failure", () => {
  link();
  welcome();
  last().hears({ t: "move", after_ms: 1_200 });
  vi.advanceTimersByTime(1_300);
  expect([FakeSocket.made.length, polls.length]).toEqual([2, 0]);
});

test("comes back at once when the network does", () => {
  link();
  last().closes();
  listeners.get("online")?.();
  expect(FakeSocket.made.length).toBe(2);
});

test("a session that is gone is not retried", () => {
  link();
  last().closes(4401);
  vi.advanceTimersByTime(60_000);
  expect([signedOut, FakeSocket.made.length]).toEqual([1, 1]);
});

test("cursors of one epoch are compared by number", () => {
  expect([isNewer("e.10", "e.9"), isNewer("e.9", "e.10"), isNewer("13", "12"), isNewer("f.1", "e.9")]).toEqual([true, false, true, true]);
  const cursors = new Cursors();
  cursors.set("chat:c", "12");
  expect(cursors.seqs()).toEqual({ c: 12 });
});
