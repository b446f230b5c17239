import type { Entry, Marks, UploadView } from "@switchboard/api";

/** A message of ours that the server has not yet numbered. */
export interface Unsent {
  client_id: string;
  text: string | null;
  upload: UploadView | null;
  at: string;
  state: "sending" | "waiting" | "failed";
  reason?: string;
}

/** One chat's entries as far as this tab knows them: `entries` has no hole, `last` is its end. */
export interface Thread {
  entries: Entry[];
  last: number;
  /** Nothing older is to be had. */
  complete: boolean;
  loaded: boolean;
  unsent: Unsent[];
  typing: { name: string; text: string | null; at: number } | null;
  marks: Marks | null;
}

export const emptyThread: Thread = { entries: [], last: 0, complete: false, loaded: false, unsent: [], typing: null, marks: null };

/** Merges entries by number: known ones are dropped, the result is in order. */
export function merge(thread: Thread, more: Entry[]): Thread {
  const known = new Set(thread.entries.map((entry) => entry.seq));
  const fresh = more.filter((entry) => !known.has(entry.seq));
  if (fresh.length === 0) return thread;
  const entries = [...thread.entries, ...fresh].sort((a, b) => a.seq - b.seq);
  const confirmed = new Set(fresh.map((entry) => entry.client_id).filter(Boolean));
  const unsent = thread.unsent.filter((message) => !confirmed.has(message.client_id));
  const silenced = fresh.some((entry) => entry.kind === "message" && entry.from.kind === "visitor");
  return {
    ...thread,
    entries,
    last: entries.at(-1)?.seq ?? 0,
    complete: thread.complete || entries[0]?.seq === 1,
    unsent: unsent.length === thread.unsent.length ? thread.unsent : unsent,
    typing: silenced ? null : thread.typing,
  };
}

export type Taken = { thread: Thread; outcome: "merged" | "known" | "hole" };

/** One live entry: appended, dropped when seen, or a hole that must be fetched. */
export function take(thread: Thread, entry: Entry): Taken {
  if (entry.seq <= thread.last) return { thread, outcome: "known" };
  if (thread.loaded && entry.seq > thread.last + 1) return { thread, outcome: "hole" };
  return { thread: merge(thread, [entry]), outcome: "merged" };
}

/** Marks only grow; a late frame never turns "read" back into "sent". */
export function growMarks(old: Marks | null, fresh: Partial<Marks>): Marks {
  const side = (who: "visitor" | "agent") => ({
    delivered: Math.max(old?.[who].delivered ?? 0, fresh[who]?.delivered ?? 0),
    read: Math.max(old?.[who].read ?? 0, fresh[who]?.read ?? 0),
  });
  return { visitor: side("visitor"), agent: side("agent") };
}

export type Fate = "sent" | "delivered" | "read";

export function fateOf(seq: number, marks: Marks | null): Fate {
  if (!marks) return "sent";
  if (marks.visitor.read >= seq) return "read";
  return marks.visitor.delivered >= seq ? "delivered" : "sent";
}
