import type { Entry } from "@switchboard/api";
import { expect, test } from "vitest";
import { shownSize } from "./Attachment";
import { splitByWords } from "./Linked";
import { emptyThread, fateOf, growMarks, merge, type Thread, take } from "./thread";

const entry = (seq: number, client_id: string | null = null): Entry => ({ seq, id: String(seq), kind: "message", from: { kind: client_id ? "agent" : "visitor", name: "" }, text: String(seq), upload: null, client_id, at: "2026-01-01T00:00:00Z" });
const loaded = (...seqs: number[]): Thread => ({ ...merge(emptyThread, seqs.map((seq) => entry(seq))), loaded: true });
const seqs = (thread: Thread) => thread.entries.map((one) => one.seq);

test("entries come in order and once, whatever order and however often they arrive", () => {
  const thread = merge(merge(emptyThread, [entry(3), entry(1)]), [entry(2), entry(3)]);
  expect([seqs(thread), thread.last, thread.complete]).toEqual([[1, 2, 3], 3, true]);
});

test("a known entry is dropped, the next is appended, a later one is a hole", () => {
  const thread = loaded(4, 5);
  expect(take(thread, entry(5)).outcome).toBe("known");
  expect(seqs(take(thread, entry(6)).thread)).toEqual([4, 5, 6]);
  expect(take(thread, entry(8))).toEqual({ thread, outcome: "hole" });
});

test("the numbered entry takes the unsent message of its id away", () => {
  const thread = { ...loaded(1), unsent: [{ client_id: "m1", text: "hi", upload: null, at: "", state: "sending" as const }] };
  expect(merge(thread, [entry(2, "m1")]).unsent).toEqual([]);
  expect(merge(thread, [entry(2, "other")]).unsent).toHaveLength(1);
});

test("the typing mark goes when the visitor has spoken", () => {
  const thread = { ...loaded(1), typing: { name: "", text: "he", at: 0 } };
  expect(merge(thread, [entry(2)]).typing).toBeNull();
});

test("marks only grow", () => {
  const high = growMarks(null, { visitor: { delivered: 5, read: 4 } });
  const after = growMarks(high, { visitor: { delivered: 3, read: 3 } });
  expect([fateOf(4, after), fateOf(5, after), fateOf(6, after)]).toEqual(["read", "delivered", "sent"]);
});

test("sought words are cut out as they stand, signs of patterns included", () => {
  expect(splitByWords("Ridge 2 (new)", "ridge (new)")).toEqual(["", "Ridge", " 2 ", "(new)", ""]);
  expect(splitByWords("两人帐篷有货", "帐篷")).toEqual(["两人", "帐篷", "有货"]);
});

test("each term of a search is marked, as the server reads it", () => {
  const marked = (text: string, words: string) => splitByWords(text, words).filter((_, at) => at % 2 === 1);
  expect(marked("A refund for my order, please", "order REF")).toEqual(["ref", "order"]);
  expect(marked("手机壳 for the iPhone15", "iphone15手机壳")).toEqual(["手机壳", "iPhone15"]);
  expect(marked("by the way, the by-way", '"by  the way" nothing')).toEqual(["by the way"]);
  expect(marked("reorder 我的order", "order")).toEqual(["order"]);
  expect(marked("ORDER", "ｏｒｄｅｒ")).toEqual(["ORDER"]);
});

test("a picture keeps its own size until it must shrink", () => {
  expect(shownSize({ width: 1, height: 1 })?.width).toBe(1);
  expect(shownSize({ width: 200, height: 100 })?.width).toBe(200);
  expect(shownSize({ width: 3000, height: 1500 })?.width).toBe(300);
  expect(shownSize({ width: 300, height: 3200 })?.width).toBe(30);
  expect(shownSize({ width: null, height: null })).toBeUndefined();
});
