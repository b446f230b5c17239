import { expect, test, vi } from "vitest";
import { ReadMarks } from "./readMarks";

test("a new line is told how far my chats were read", () => {
  const marks = new ReadMarks();
  marks.note("a", 4);
  marks.note("a", 7);
  marks.note("b", 2);
  const tell = vi.fn();
  marks.tellAgain(["a", "b"], tell);
  expect(tell.mock.calls).toEqual([["a", 7], ["b", 2]]);
});

test("a mark never goes back", () => {
  const marks = new ReadMarks();
  marks.note("a", 7);
  expect(marks.note("a", 5)).toBe(7);
});

test("a chat that is no longer mine is forgotten", () => {
  const marks = new ReadMarks();
  marks.note("a", 7);
  marks.tellAgain([], () => {});
  const tell = vi.fn();
  marks.tellAgain(["a"], tell);
  expect(tell).not.toHaveBeenCalled();
});
