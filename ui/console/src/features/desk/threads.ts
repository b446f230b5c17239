import { api, type Entry, type Marks, type Page, Problem, type SaidView, type UploadView } from "@switchboard/api";
import { create } from "zustand";
import { explain } from "@/app/errors";
import { theLink } from "@/live/live";
import { emptyThread, growMarks, merge, type Thread, take, type Unsent } from "./thread";

const PAGE = 100;

interface Threads {
  byChat: Record<string, Thread>;
}

/** The threads this tab has opened. Changes go through the functions below. */
export const useThreads = create<Threads>(() => ({ byChat: restoreUnsent() }));

export const threadOf = (chat: string): Thread => useThreads.getState().byChat[chat] ?? emptyThread;

function change(chat: string, edit: (thread: Thread) => Thread): void {
  useThreads.setState(({ byChat }) => {
    const before = byChat[chat] ?? emptyThread;
    const after = edit(before);
    return after === before ? { byChat } : { byChat: { ...byChat, [chat]: after } };
  });
  keepUnsent();
}

const messages = (chat: string, after: number, limit: number) =>
  api.get<Page<Entry>>(`/v1/chats/${chat}/messages`, { after_seq: after, limit });

/** Loads the newest page, or what came since when the thread was open before. */
export async function loadThread(chat: string, seq: number): Promise<void> {
  const { loaded, last } = threadOf(chat);
  const start = loaded ? last : Math.max(0, seq - PAGE);
  await fetchFrom(chat, start);
  change(chat, (thread) => ({ ...thread, loaded: true, complete: thread.complete || start === 0 }));
  const cursor = String(threadOf(chat).last);
  const link = theLink();
  if (link?.cursors.get(`chat:${chat}`) === undefined) link?.follow(`chat:${chat}`, cursor);
  else link.cursors.set(`chat:${chat}`, cursor);
}

async function fetchFrom(chat: string, start: number): Promise<void> {
  let after = start;
  for (;;) {
    const { items } = await messages(chat, after, 200);
    change(chat, (thread) => merge(thread, items));
    const end = items.at(-1)?.seq ?? after;
    if (items.length < 200 || end <= after) return;
    after = end;
  }
}

export async function loadOlder(chat: string): Promise<void> {
  const first = threadOf(chat).entries[0]?.seq ?? 1;
  const after = Math.max(0, first - 1 - PAGE);
  const { items } = await messages(chat, after, first - 1 - after);
  change(chat, (thread) => ({ ...merge(thread, items), complete: after === 0 }));
}

const mending = new Set<string>();

/** A live entry. A hole is filled from the server before anything after it is shown. */
export function takeEntry(chat: string, entry: Entry): boolean {
  const before = threadOf(chat);
  const { thread, outcome } = take(before, entry);
  if (outcome === "hole") {
    if (!mending.has(chat)) {
      mending.add(chat);
      void fetchFrom(chat, before.last)
        .then(() => theLink()?.cursors.set(`chat:${chat}`, String(threadOf(chat).last)))
        .catch(() => {})
        .finally(() => mending.delete(chat));
    }
    return true;
  }
  if (outcome === "known") return false;
  if (before.loaded) change(chat, () => thread);
  return true;
}

export function takeMarks(chat: string, marks: Partial<Marks>): void {
  change(chat, (thread) => ({ ...thread, marks: growMarks(thread.marks, marks) }));
}

export function takeTyping(chat: string, name: string, on: boolean, text: string | null): void {
  change(chat, (thread) => ({ ...thread, typing: on ? { name, text, at: Date.now() } : null }));
}

/** A typing mark nobody took back is dropped after a while. */
export function sweepTyping(): void {
  for (const [chat, thread] of Object.entries(useThreads.getState().byChat)) {
    if (thread.typing && Date.now() - thread.typing.at > 8_000) change(chat, (one) => ({ ...one, typing: null }));
  }
}

export function say(chat: string, text: string | null, upload: UploadView | null = null): void {
  const message: Unsent = { client_id: crypto.randomUUID(), text, upload, at: new Date().toISOString(), state: "sending" };
  change(chat, (thread) => ({ ...thread, unsent: [...thread.unsent, message] }));
  void drain(chat);
}

export function retry(chat: string, clientId: string): void {
  mark(chat, clientId, { state: "sending" });
  void drain(chat);
}

export function discard(chat: string, clientId: string): void {
  change(chat, (thread) => ({ ...thread, unsent: thread.unsent.filter((one) => one.client_id !== clientId) }));
}

/** Everything that waits for a connection is sent again, in its order. */
export async function resendWaiting(): Promise<void> {
  const waiting = Object.entries(useThreads.getState().byChat).filter(([, thread]) => thread.unsent.some((one) => one.state === "waiting"));
  await Promise.all(waiting.map(([chat]) => drain(chat)));
}

const draining = new Set<string>();
/** Acknowledged, though the numbered entry that replaces them may still be on its way. */
const acknowledged = new Set<string>();

/** One after the other: a word never overtakes the one before it, whichever way each has to take. */
async function drain(chat: string): Promise<void> {
  if (draining.has(chat)) return;
  draining.add(chat);
  try {
    for (;;) {
      const next = threadOf(chat).unsent.find((one) => one.state !== "failed" && !acknowledged.has(one.client_id));
      if (!next) return;
      if (await deliver(chat, next)) continue;
      for (const one of threadOf(chat).unsent) if (one.state === "sending" && !acknowledged.has(one.client_id)) mark(chat, one.client_id, { state: "waiting" });
      return;
    }
  } finally {
    draining.delete(chat);
  }
}

/** What passes by itself; anything else is for the agent to decide. */
const WAITS = ["offline", "unavailable", "storage-full"];

/** By socket, else by request; both carry the same id, so the server keeps one. False when it has to wait for a connection, or for room. */
async function deliver(chat: string, { client_id, text, upload }: Unsent): Promise<boolean> {
  try {
    const said = await overSocket(chat, client_id, text, upload).catch((error: unknown) => {
      if (!Problem.is(error, "offline")) throw error;
      const body = { client_id, ...(text === null ? {} : { text }), ...(upload ? { upload: upload.id } : {}) };
      return api.post<SaidView>(`/v1/chats/${chat}/messages`, body, { key: client_id });
    });
    acknowledged.add(client_id);
    const entry = (said as SaidView | undefined)?.entry;
    if (entry) takeEntry(chat, entry);
    // The numbered entry itself takes the message out of the unsent; this covers an answer without one.
    setTimeout(() => (discard(chat, client_id), acknowledged.delete(client_id)), 3_000);
    return true;
  } catch (error) {
    const waits = WAITS.some((slug) => Problem.is(error, slug));
    mark(chat, client_id, { state: waits ? "waiting" : "failed", reason: explain(error) });
    return !waits;
  }
}

function overSocket(chat: string, client_id: string, text: string | null, upload: UploadView | null): Promise<unknown> {
  const link = theLink();
  if (!link) return Promise.reject(Problem.offline("no link"));
  return link.ask((ref) => ({ op: "say", ref, chat, client_id, text, upload: upload?.id ?? null }));
}

function mark(chat: string, clientId: string, edit: Partial<Unsent>): void {
  change(chat, (thread) => ({ ...thread, unsent: thread.unsent.map((one) => (one.client_id === clientId ? { ...one, ...edit } : one)) }));
}

// Unsent messages outlive a reload of the tab.
const KEEP = "switchboard.unsent";

function keepUnsent(): void {
  const rest = Object.entries(useThreads.getState().byChat).filter(([, thread]) => thread.unsent.length > 0);
  const text = JSON.stringify(Object.fromEntries(rest.map(([chat, thread]) => [chat, thread.unsent])));
  if (sessionStorage.getItem(KEEP) !== text) sessionStorage.setItem(KEEP, text);
}

function restoreUnsent(): Record<string, Thread> {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEEP) ?? "{}") as Record<string, Unsent[]>;
    return Object.fromEntries(Object.entries(kept).map(([chat, unsent]) => [chat, { ...emptyThread, unsent: unsent.map((one) => ({ ...one, state: "waiting" as const })) }]));
  } catch {
    return {};
  }
}
