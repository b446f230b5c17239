/** The messages of one chat: ordered by number, each once, with what is still on its way. No I/O. */
import type { Entry, Marks, Upload } from '../../shared/wire';

/** A message of ours that the server has not acknowledged. */
export interface Outgoing {
  client_id: string;
  text: string | null;
  upload: Upload | null;
  at: number;
  state: 'uploading' | 'sending' | 'failed';
  /** Why it failed, in the visitor's language. */
  reason?: string;
  /** A file on its way; lives in this page only. */
  file?: { name: string; type: string; size: number; share: number; preview?: string };
}

export interface Timeline {
  /** Ascending by seq, each seq once. */
  entries: Entry[];
  /** Everything up to here is known; what lies beyond may have holes before it. */
  upto: number;
  outgoing: Outgoing[];
  marks: Marks;
}

export const emptyTimeline: Timeline = { entries: [], upto: 0, outgoing: [], marks: {} };

/** Takes entries in any order and any number of times. */
export function accept(t: Timeline, fresh: Entry[]): Timeline {
  const known = new Set(t.entries.map((e) => e.seq));
  const added = fresh.filter((e) => !known.has(e.seq) && known.add(e.seq));
  if (!added.length) return t;
  const entries = [...t.entries, ...added].sort((a, b) => a.seq - b.seq);
  const acknowledged = new Set(added.map((e) => e.client_id));
  const outgoing = t.outgoing.filter((o) => !acknowledged.has(o.client_id));
  return { ...t, entries, outgoing, upto: advance(entries, t.upto) };
}

/** After a complete fetch there is nothing to wait for: numbers that are missing are not for us. */
export function complete(t: Timeline): Timeline {
  return { ...t, upto: Math.max(t.upto, t.entries.at(-1)?.seq ?? 0) };
}

export function hasHole(t: Timeline): boolean {
  return (t.entries.at(-1)?.seq ?? 0) > t.upto;
}

function advance(entries: Entry[], upto: number): number {
  for (const { seq } of entries) if (seq === upto + 1) upto = seq;
  return upto;
}

/** Marks only ever move forward. */
export function mark(t: Timeline, marks: Marks): Timeline {
  const later = (who: 'visitor' | 'agent') => ({
    delivered: Math.max(t.marks[who]?.delivered ?? 0, marks[who]?.delivered ?? 0),
    read: Math.max(t.marks[who]?.read ?? 0, marks[who]?.read ?? 0),
  });
  return { ...t, marks: { visitor: later('visitor'), agent: later('agent') } };
}

export function put(t: Timeline, message: Outgoing): Timeline {
  if (t.entries.some((e) => e.client_id === message.client_id)) return t;
  const at = t.outgoing.findIndex((o) => o.client_id === message.client_id);
  return { ...t, outgoing: at < 0 ? [...t.outgoing, message] : t.outgoing.map((o, i) => (i === at ? message : o)) };
}

export function change(t: Timeline, client_id: string, patch: Partial<Outgoing>): Timeline {
  return { ...t, outgoing: t.outgoing.map((o) => (o.client_id === client_id ? { ...o, ...patch } : o)) };
}

export function drop(t: Timeline, client_id: string): Timeline {
  return { ...t, outgoing: t.outgoing.filter((o) => o.client_id !== client_id) };
}

export type Delivery = 'sent' | 'delivered' | 'read';

export function deliveryOf(seq: number, marks: Marks): Delivery {
  if (seq <= (marks.agent?.read ?? 0)) return 'read';
  return seq <= (marks.agent?.delivered ?? 0) ? 'delivered' : 'sent';
}

const isForUs = (e: Entry) => e.kind === 'message' && e.from.kind !== 'visitor';

/** The newest number among what the other side wrote. */
export function newestForUs(t: Timeline): number {
  return t.entries.filter(isForUs).at(-1)?.seq ?? 0;
}

export function unreadCount(t: Timeline): number {
  const read = t.marks.visitor?.read ?? 0;
  return t.entries.filter((e) => isForUs(e) && e.seq > read).length;
}
