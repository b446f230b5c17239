import { expect, test } from "vitest";
import { filterOf, type Question, queryOf } from "./filter";
import { checkSpans, daysOf, hoursOf } from "./hours";
import { dues } from "./sla";
import type { Sla } from "./types";

const now = Date.parse("2026-01-05T10:00:00.000Z");
const sla = (change: Partial<Sla>): Sla => ({ first_reply_due: null, next_reply_due: null, resolve_due: null, breached: [], ...change });
const ask = (change: Partial<Question> = {}): Question => ({ view: "", status: "", priority: "", assignee: "", department: "", tag: "", q: "", sort: "", ...change });

test("the clock that ends first comes first; little time and none left are told apart", () => {
  const found = dues(sla({ resolve_due: "2026-01-05T18:00:00.000Z", first_reply_due: "2026-01-05T10:20:00.000Z" }), now);
  expect(found.map(({ clock, urgency }) => [clock, urgency])).toEqual([["first_reply", "soon"], ["resolve", "fine"]]);
  expect(dues(sla({ next_reply_due: "2026-01-05T09:59:00.000Z" }), now)[0]?.urgency).toBe("over");
  expect(dues(sla({ resolve_due: "2026-01-06T10:00:00.000Z", breached: ["resolve"] }), now)[0]?.urgency).toBe("over");
  expect(dues(sla({}), now)).toEqual([]);
});

test("a view of everybody's is asked for by its filter, a saved one by its number, and both are narrowed", () => {
  expect(queryOf(ask({ view: "mine" }))).toEqual({ assignee: "me", status: "new,open,pending,on_hold", sort: "due" });
  expect(queryOf(ask({ view: "7", q: "tent", status: "open" }))).toEqual({ view: "7", q: "tent", status: "open" });
  expect(queryOf(ask({ view: "mine", status: "open" })).status).toBe("open");
  expect(queryOf(ask({ view: "all" }))).toEqual({ sort: "updated" });
});

test("what is asked is saved as a view together with what the present view says", () => {
  expect(filterOf(ask({ view: "mine", tag: "vip", sort: "priority" }), undefined)).toEqual({ filter: { assignee: "me", status: ["new", "open", "pending", "on_hold"], tag: "vip" }, sort: "priority" });
});

test("hours go through the form and come back; a day off has none", () => {
  const days = { mon: [["09:00", "12:00"], ["13:00", "18:00"]] as [string, string][], sun: [] };
  expect(daysOf(hoursOf(days))).toEqual({ mon: days.mon });
  expect(checkSpans([["09:00", "12:00"], ["11:00", "18:00"]])).toBe("overlap");
  expect(checkSpans([["18:00", "09:00"]])).toBe("backwards");
  expect(checkSpans([["09:00", ""]])).toBe("empty");
  expect(checkSpans([["09:00", "24:00"]])).toBeNull();
});
