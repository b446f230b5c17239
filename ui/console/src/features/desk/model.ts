import type { ChatView, Colleague, DeskMe, DeskView, Entry } from "@switchboard/api";

/** What an event of the `desk` topic does to the snapshot. Pure, tolerant of repeats; the same object when nothing changed. */
export function applyEvent(desk: DeskView, kind: string, data: unknown, me: number): DeskView {
  if (kind === "colleague") return applyColleague(desk, data, me);
  if (kind === "loads") return (listOf(data) ?? []).reduce((held: DeskView, one) => applyColleague(held, one, me), desk);
  if (kind === "queue") {
    const list = listOf(data);
    if (list) return { ...desk, queue: list.filter((card) => serves(desk.me, card)).sort(byRequest) };
  }
  if (kind === "notice") return applyNotice(desk, data);
  const card = cardOf(data);
  return card ? place(desk, card, me) : desk;
}

/** Puts a card where its status says it belongs, and takes it from where it no longer does. */
export function place(desk: DeskView, card: ChatView, me: number): DeskView {
  const chats = desk.chats.filter((one) => one.id !== card.id);
  const queue = desk.queue.filter((one) => one.id !== card.id);
  const before = find(desk, card.id);
  const next = before && before.seq > card.seq ? { ...card, seq: before.seq, last: before.last, unread: before.unread } : card;
  if (next.status === "waiting" && serves(desk.me, next)) queue.push(next);
  else if (next.status === "chatting" && next.agent?.id === me) chats.push(next);
  return { ...desk, chats: chats.sort(byStart), queue: queue.sort(byRequest), me: { ...desk.me, load: chats.length } };
}

/** A new entry moves the card's last line, and counts as unread when it is the visitor's and nobody is reading. */
export function applyEntry(desk: DeskView, chat: string, entry: Entry, reading: boolean): DeskView {
  const update = (card: ChatView): ChatView => {
    if (card.id !== chat || entry.seq <= card.seq) return card;
    const said = entry.kind === "message";
    const fromVisitor = said && entry.from.kind === "visitor";
    return {
      ...card,
      seq: entry.seq,
      last: said ? { text: entry.text ?? entry.upload?.name ?? "", from: entry.from.kind, at: entry.at } : card.last,
      unread: reading ? 0 : card.unread + (fromVisitor ? 1 : 0),
    };
  };
  return { ...desk, chats: desk.chats.map(update), queue: desk.queue.map(update) };
}

export function markRead(desk: DeskView, chat: string): DeskView {
  if (!desk.chats.some((card) => card.id === chat && card.unread > 0)) return desk;
  return { ...desk, chats: desk.chats.map((card) => (card.id === chat ? { ...card, unread: 0 } : card)) };
}

export function find(desk: DeskView, chat: string): ChatView | undefined {
  return desk.chats.find((card) => card.id === chat) ?? desk.queue.find((card) => card.id === chat);
}

/** Since when the visitor waits for an answer, or null when it is the visitor's turn. */
export function waitingSince(card: ChatView): string | null {
  if (card.status === "waiting") return card.requested_at;
  if (card.status !== "chatting") return null;
  if (!card.last) return card.started_at ?? null;
  return card.last.from === "visitor" ? card.last.at : null;
}

export type Patience = "calm" | "warn" | "late";

/** How late an answer is: somebody who queues expects minutes, somebody in a chat expects seconds. */
export function patience(seconds: number, queued: boolean): Patience {
  const [warn, late] = queued ? [60, 180] : [40, 120];
  if (seconds >= late) return "late";
  return seconds >= warn ? "warn" : "calm";
}

/** News of the queue go to all agents of a site; each shows what its departments wait for. */
function serves(me: DeskMe, card: ChatView): boolean {
  return me.sees_all || !card.department || me.departments.includes(card.department.id);
}

function applyColleague(desk: DeskView, data: unknown, me: number): DeskView {
  const one = ((data as { colleague?: Colleague })?.colleague ?? data) as Partial<Colleague> | null;
  if (!one || typeof one.id !== "number") return desk;
  if (one.id === me) {
    const mine: DeskMe = { ...desk.me, ...(one.status ? { status: one.status } : {}), ...(one.load === undefined ? {} : { load: one.load }), ...(one.limit === undefined ? {} : { chat_limit: one.limit }) };
    return { ...desk, me: mine };
  }
  const known = desk.colleagues.find((other) => other.id === one.id);
  const merged = { ...known, ...one } as Colleague;
  const colleagues = known ? desk.colleagues.map((other) => (other.id === one.id ? merged : other)) : [...desk.colleagues, merged];
  return { ...desk, colleagues };
}

/** Of all notices only this one changes what an agent can do. */
function applyNotice(desk: DeskView, data: unknown): DeskView {
  const { what, on } = (data ?? {}) as { what?: unknown; on?: unknown };
  return what === "storage_full" && on !== desk.storage_full ? { ...desk, storage_full: on === true } : desk;
}

function cardOf(data: unknown): ChatView | null {
  const inner = (data as { chat?: unknown } | null)?.chat;
  const card = (inner && typeof inner === "object" ? inner : data) as Partial<ChatView> | null;
  return card && typeof card.id === "string" && typeof card.status === "string" ? (card as ChatView) : null;
}

function listOf(data: unknown): ChatView[] | null {
  if (Array.isArray(data)) return data as ChatView[];
  const box = data as { queue?: unknown; items?: unknown } | null;
  if (Array.isArray(box?.queue)) return box.queue as ChatView[];
  return Array.isArray(box?.items) ? (box.items as ChatView[]) : null;
}

const byStart = (a: ChatView, b: ChatView) => (b.started_at ?? b.requested_at).localeCompare(a.started_at ?? a.requested_at);
const byRequest = (a: ChatView, b: ChatView) => a.requested_at.localeCompare(b.requested_at);
