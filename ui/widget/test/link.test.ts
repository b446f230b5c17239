import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff } from '../src/panel/link/backoff';
import { openLink, type LinkEvents, type LinkState } from '../src/panel/link/link';
import { CallFailed } from '../src/shared/http';
import type { Frame, Op } from '../src/shared/wire';

class FakeSocket {
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: Op[] = [];
  onopen?: () => void;
  onclose?: (e: { code: number }) => void;
  onmessage?: (e: { data: string }) => void;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text) as Op);
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(frame: Frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const newest = () => FakeSocket.all.at(-1) as FakeSocket;

function setUp(ask: LinkEvents['ask'] = () => new Promise(() => {})) {
  const states: LinkState[] = [];
  const frames: Frame[] = [];
  const refused = vi.fn();
  const link = openLink({
    url: 'ws://server/ws/visitor',
    token: () => 'sbv_1',
    cursors: () => ({ 'chat:1': '4' }),
    seqs: () => ({ '1': 4 }),
    ask,
    frame: (f) => frames.push(f),
    state: (s) => states.push(s),
    refused,
  });
  link.start();
  return { link, states, frames, refused };
}

function live() {
  const it = setUp();
  newest().open();
  newest().say({ t: 'welcome', pace_ms: 20000 });
  return it;
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.stubGlobal('WebSocket', FakeSocket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the line', () => {
  it('says hello first, with the token in the frame and not in the address', () => {
    live();
    expect(newest().sent[0]).toEqual({ op: 'hello', token: 'sbv_1', cursors: { 'chat:1': '4' } });
    expect(newest().url).not.toContain('sbv_');
  });

  it('comes back after a cut and greets with its cursors', async () => {
    const { states } = live();
    newest().drop();
    await vi.advanceTimersByTimeAsync(600);
    newest().open();
    newest().say({ t: 'welcome' });
    expect(states).toEqual(['connecting', 'live', 'connecting', 'live']);
    expect(newest().sent[0]?.op).toBe('hello');
  });

  it('polls after two failed sockets and tries a socket again within a minute', async () => {
    const asked = vi.fn(async () => ({ frames: [{ t: 'pong' } as Frame], pace_ms: 5000 }));
    const { states, frames } = setUp(asked);
    newest().drop();
    await vi.advanceTimersByTimeAsync(1100);
    newest().drop();
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toHaveBeenCalledWith({ cursors: { 'chat:1': '4' }, ops: [], wait_ms: 0 }, expect.anything());
    expect(states.at(-1)).toBe('polling');
    expect(frames).toEqual([{ t: 'pong' }]);
    const before = FakeSocket.all.length;
    await vi.advanceTimersByTimeAsync(60000);
    expect(FakeSocket.all.length).toBe(before + 1);
    newest().open();
    newest().say({ t: 'welcome' });
    expect(states.at(-1)).toBe('live');
    const calls = asked.mock.calls.length;
    await vi.advanceTimersByTimeAsync(20000);
    expect(asked.mock.calls.length).toBe(calls);
  });

  it('polls at the pace the server sets', async () => {
    const asked = vi.fn(async () => ({ frames: [], pace_ms: 8000 }));
    setUp(asked);
    newest().drop();
    await vi.advanceTimersByTimeAsync(1100);
    newest().drop();
    await vi.advanceTimersByTimeAsync(10);
    expect(asked).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(7900);
    expect(asked).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('carries words over a poll at once', async () => {
    const asked = vi.fn(async (body: { ops: Op[] }) => ({ frames: body.ops.length ? [{ re: 'm1', ok: {} } as Frame] : [], pace_ms: 5000 }));
    const { link, frames } = setUp(asked);
    newest().drop();
    await vi.advanceTimersByTimeAsync(1100);
    newest().drop();
    await vi.advanceTimersByTimeAsync(10);
    expect(link.send({ op: 'say', ref: 'm1', chat: '1', client_id: 'c', text: 'hi', upload: null })).toBe(true);
    await vi.advanceTimersByTimeAsync(10);
    expect(frames).toContainEqual({ re: 'm1', ok: {} });
  });

  it('says that it is lost when neither way works, and never stops trying', async () => {
    const asked = vi.fn(async () => {
      throw new CallFailed(0, {});
    });
    const { states, link } = setUp(asked);
    newest().drop();
    await vi.advanceTimersByTimeAsync(1100);
    newest().drop();
    await vi.advanceTimersByTimeAsync(600000);
    expect(states.at(-1)).toBe('lost');
    expect(link.send({ op: 'ping', seqs: {} })).toBe(false);
    expect(asked.mock.calls.length).toBeGreaterThan(15);
  });

  it('stops and reports when the token is refused', async () => {
    const { refused, states } = setUp();
    newest().open();
    newest().drop(4401);
    expect(refused).toHaveBeenCalledOnce();
    expect(states.at(-1)).toBe('idle');
    const before = FakeSocket.all.length;
    await vi.advanceTimersByTimeAsync(120000);
    expect(FakeSocket.all.length).toBe(before);
  });

  it('moves to another node when the server drains', async () => {
    live();
    const before = newest();
    before.say({ t: 'move', after_ms: 700 });
    await vi.advanceTimersByTimeAsync(650);
    expect(newest()).toBe(before);
    await vi.advanceTimersByTimeAsync(100);
    expect(newest()).not.toBe(before);
    expect(before.readyState).toBe(3);
  });

  it('notices a dead line by an unanswered ping', async () => {
    const { states } = live();
    await vi.advanceTimersByTimeAsync(20000);
    expect(newest().sent.at(-1)).toEqual({ op: 'ping', seqs: { '1': 4 } });
    await vi.advanceTimersByTimeAsync(10000);
    expect(states.at(-1)).toBe('connecting');
  });

  it('stays silent after it was stopped', async () => {
    const { link } = live();
    link.stop();
    const before = FakeSocket.all.length;
    await vi.advanceTimersByTimeAsync(300000);
    expect(FakeSocket.all.length).toBe(before);
  });
});

it('waits are random below a bound that doubles to half a minute', () => {
  expect([0, 1, 2, 10, 5000].map((n) => backoff(n, () => 1))).toEqual([500, 1000, 2000, 30000, 30000]);
  expect(backoff(3, () => 0)).toBe(0);
});
