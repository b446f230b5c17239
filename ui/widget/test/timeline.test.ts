import { describe, expect, it } from 'vitest';
import { accept, change, complete, deliveryOf, emptyTimeline, hasHole, mark, put, unreadCount, type Outgoing, type Timeline } from '../src/panel/chat/timeline';
import { itemsOf } from '../src/panel/views/items';
import type { Entry } from '../src/shared/wire';

const at = (minute: number) => new Date(2026, 10, 21, 12, minute).toISOString();

function entry(seq: number, more: Partial<Entry> = {}): Entry {
  return { seq, id: 'id' + seq, kind: 'message', from: { kind: 'agent', name: 'Lena' }, text: 'text ' + seq, upload: null, client_id: null, at: at(seq), ...more };
}

function outgoing(client_id: string): Outgoing {
  return { client_id, text: 'mine', upload: null, at: Date.parse(at(30)), state: 'sending' };
}

const seqs = (t: Timeline) => t.entries.map((e) => e.seq);

describe('a timeline', () => {
  it('orders entries by number however they arrive', () => {
    expect(seqs(accept(emptyTimeline, [entry(3), entry(1), entry(2)]))).toEqual([1, 2, 3]);
  });

  it('shows each entry once', () => {
    const t = accept(accept(emptyTimeline, [entry(1), entry(1)]), [entry(1)]);
    expect(seqs(t)).toEqual([1]);
  });

  it('keeps its identity when nothing is new', () => {
    const t = accept(emptyTimeline, [entry(1)]);
    expect(accept(t, [entry(1)])).toBe(t);
  });

  it('knows of a hole until it is filled', () => {
    let t = accept(emptyTimeline, [entry(1), entry(3)]);
    expect([hasHole(t), t.upto]).toEqual([true, 1]);
    t = accept(t, [entry(2)]);
    expect([hasHole(t), t.upto]).toEqual([false, 3]);
  });

  it('does not ask again for numbers that a complete fetch left out', () => {
    expect(hasHole(complete(accept(emptyTimeline, [entry(1), entry(4)])))).toBe(false);
  });

  it('drops an outgoing message when its entry arrives, and never takes it back', () => {
    let t = put(emptyTimeline, outgoing('a'));
    t = accept(t, [entry(1, { client_id: 'a', from: { kind: 'visitor' } })]);
    expect(t.outgoing).toEqual([]);
    expect(put(t, outgoing('a')).outgoing).toEqual([]);
  });

  it('changes one outgoing message alone', () => {
    const t = change(put(put(emptyTimeline, outgoing('a')), outgoing('b')), 'b', { state: 'failed' });
    expect(t.outgoing.map((o) => o.state)).toEqual(['sending', 'failed']);
  });

  it('moves marks only forward', () => {
    const t = mark(mark(emptyTimeline, { agent: { delivered: 5, read: 3 } }), { agent: { delivered: 2, read: 4 } });
    expect(t.marks.agent).toEqual({ delivered: 5, read: 4 });
    expect([deliveryOf(4, t.marks), deliveryOf(5, t.marks), deliveryOf(6, t.marks)]).toEqual(['read', 'delivered', 'sent']);
  });

  it('counts as unread what the agent wrote after the visitor last read', () => {
    const t = accept(emptyTimeline, [entry(1), entry(2, { kind: 'joined' }), entry(3), entry(4, { from: { kind: 'visitor' } })]);
    expect(unreadCount(mark(t, { visitor: { read: 1 } }))).toBe(1);
  });
});

describe('the thread', () => {
  it('keeps the key of a message when it is acknowledged', () => {
    const before = put(emptyTimeline, outgoing('a'));
    const after = accept(before, [entry(1, { client_id: 'a', from: { kind: 'visitor' } })]);
    expect(itemsOf(before).at(-1)?.key).toBe(itemsOf(after).at(-1)?.key);
  });

  it('begins each day with its name and groups what one person says', () => {
    const next = new Date(2026, 10, 22, 9).toISOString();
    const items = itemsOf(accept(emptyTimeline, [entry(1), entry(2), entry(3, { at: next })]));
    expect(items.map((i) => i.type)).toEqual(['day', 'message', 'message', 'day', 'message']);
    expect(items.filter((i) => i.type === 'message').map((i) => [i.first, i.last])).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ]);
  });
});
