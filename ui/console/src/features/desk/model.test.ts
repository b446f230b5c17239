import type { ChatView, DeskView, Entry } from "@switchboard/api";
import { expect, test } from "vitest";
import { applyEntry, applyEvent, markRead, patience, waitingSince } from "./model";

const card = (id: string, change: Partial<ChatView> = {}): ChatView => ({
  id, number: 1, status: "chatting", visitor: { id: "v", name: "Ada", country: null, browser: null, os: null, page: { url: "", title: "" }, referrer: null, visits: 1, language: null, online: true },
  department: null, agent: { id: 1, name: "Lin" }, source: "button", requested_at: "2026-01-01T00:00:00Z", started_at: "2026-01-01T00:01:00Z", ended_at: null, ended_by: null, last: null, seq: 3, unread: 0,
  marks: { visitor: { delivered: 0, read: 0 }, agent: { delivered: 0, read: 0 } }, rating: null, form: {}, custom_fields: [], waiting_s: 0, ...change,
});
const desk = (change: Partial<DeskView> = {}): DeskView => ({ me: { status: "online", chat_limit: 5, load: 1, accepts_chats: true, departments: [], sees_all: true }, chats: [card("a")], queue: [], colleagues: [], cursor: "e.1", cursors: {}, storage_full: false, ...change });
const entry = (seq: number, who: "visitor" | "agent" = "visitor"): Entry => ({ seq, id: String(seq), kind: "message", from: { kind: who, name: "x" }, text: `line ${seq}`, upload: null, client_id: null, at: "2026-01-01T00:02:00Z" });

test("a chat assigned to me leaves the queue for my list and counts as load", () => {
  const before = desk({ queue: [card("b", { status: "waiting", agent: null })] });
  const after = applyEvent(before, "chat_assigned", card("b"), 1);
  expect([after.chats.map((one) => one.id).sort(), after.queue.length, after.me.load]).toEqual([["a", "b"], 0, 2]);
});

test("the queue shows what my departments wait for", () => {
  const one = (id: string, department: number | null) => card(id, { status: "waiting", agent: null, department: department === null ? null : { id: department, name: "" } });
  const before = desk({ me: { status: "online", chat_limit: 5, load: 1, accepts_chats: true, departments: [2], sees_all: false } });
  const after = applyEvent(before, "queue", { waiting: 3, items: [one("b", 1), one("c", 2), one("d", null)] }, 1);
  expect(after.queue.map((chat) => chat.id)).toEqual(["c", "d"]);
});

test("a chat assigned to a colleague leaves my desk", () => {
  const after = applyEvent(desk(), "chat_updated", { chat: card("a", { agent: { id: 2, name: "Marta" } }) }, 1);
  expect([after.chats.length, after.me.load]).toEqual([0, 0]);
});

test("a closed chat is off the desk, twice as well as once", () => {
  const closed = card("a", { status: "ended" });
  const once = applyEvent(desk(), "chat_closed", closed, 1);
  expect(applyEvent(once, "chat_closed", closed, 1).chats).toEqual([]);
});

test("an event older than the entries seen does not turn the card back", () => {
  const fresh = applyEntry(desk(), "a", entry(4), false);
  const after = applyEvent(fresh, "chat_updated", card("a", { seq: 3 }), 1);
  expect([after.chats[0]?.seq, after.chats[0]?.last?.text]).toEqual([4, "line 4"]);
});

test("the visitor's line is unread unless it is being read, and our own never is", () => {
  expect(applyEntry(desk(), "a", entry(4), false).chats[0]?.unread).toBe(1);
  expect(applyEntry(desk(), "a", entry(4), true).chats[0]?.unread).toBe(0);
  expect(applyEntry(desk(), "a", entry(4, "agent"), false).chats[0]?.unread).toBe(0);
  expect(markRead(applyEntry(desk(), "a", entry(4), false), "a").chats[0]?.unread).toBe(0);
});

test("an entry seen before changes nothing", () => {
  expect(applyEntry(desk(), "a", entry(3), false).chats[0]?.unread).toBe(0);
});

test("a colleague's news is merged, and news of me is mine", () => {
  const after = applyEvent(desk({ colleagues: [{ id: 2, name: "Marta", status: "online", load: 1, limit: 5 }] }), "colleague", { id: 2, status: "away" }, 1);
  expect(after.colleagues[0]).toEqual({ id: 2, name: "Marta", status: "away", load: 1, limit: 5 });
  expect(applyEvent(after, "colleague", { id: 1, status: "away" }, 1).me.status).toBe("away");
});

test("a full disk is known on the desk until there is room again, and other notices change nothing", () => {
  const full = applyEvent(desk(), "notice", { what: "storage_full", on: true }, 1);
  expect([full.storage_full, applyEvent(full, "notice", { what: "storage_full", on: false }, 1).storage_full]).toEqual([true, false]);
  for (const data of [{ what: "storage_full", on: true }, { what: "queue_old", on: false }, null]) expect(applyEvent(full, "notice", data, 1)).toBe(full);
});

test("what is not understood changes nothing", () => {
  const before = desk();
  for (const data of [null, undefined, 7, "x", {}, { chat: null }]) expect(applyEvent(before, "surprise", data, 1)).toBe(before);
});

test("a visitor waits only while it is our turn, and patience is shorter in a chat than in the queue", () => {
  expect(waitingSince(card("a", { last: { text: "", from: "agent", at: "2026-01-01T00:02:00Z" } }))).toBeNull();
  expect(waitingSince(card("a", { last: { text: "", from: "visitor", at: "2026-01-01T00:02:00Z" } }))).toBe("2026-01-01T00:02:00Z");
  expect([patience(39, false), patience(40, false), patience(120, false)]).toEqual(["calm", "warn", "late"]);
  expect([patience(59, true), patience(60, true), patience(180, true)]).toEqual(["calm", "warn", "late"]);
});
