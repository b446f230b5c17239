import { expect, test } from "vitest";
import { filterOf, filterTexts, rowsOf } from "./filterRows";
import { after, lanesOf } from "./path";
import type { PathStep } from "./types";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const step = (name: PathStep["step"], second: number | null, queue?: string): PathStep => ({ step: name, at: second === null ? null : at(second), ...(queue ? { queue } : {}) });

test("the trunk is what every event goes through, a lane is one queue's share", () => {
  const { trunk, lanes } = lanesOf([step("copied", 2, "B"), step("announced", 0), step("handled", 3, "A"), step("copied", 2, "A"), step("archived", 1)]);
  expect(trunk.map((one) => one.step)).toEqual(["announced", "archived"]);
  expect(lanes.map(({ queue, state, steps }) => [queue, state, steps.map((one) => one.step)])).toEqual([["A", "handled", ["copied", "handled"]], ["B", "waiting", ["copied"]]]);
});

test("the latest step says how a lane stands: tried again, given up, and handled after a replay", () => {
  const state = (...steps: PathStep[]) => lanesOf(steps).lanes[0]?.state;
  expect(state(step("copied", 1, "A"), step("retried", 2, "A"))).toBe("retrying");
  expect(state(step("copied", 1, "A"), step("retried", 2, "A"), step("dead", 3, "A"))).toBe("dead");
  expect(state(step("dead", 3, "A"), step("handled", 9, "A"), step("copied", 1, "A"))).toBe("handled");
});

test("a step whose time is not known stands at the end", () => {
  expect(lanesOf([step("archived", null), step("announced", 0)]).trunk.map((one) => one.step)).toEqual(["announced", "archived"]);
});

test("distances from the announcement read as people say them", () => {
  const start = at(0);
  expect([after(start, at(0)), after(start, at(3)), after(start, new Date(Date.parse(start) + 120_000).toISOString()), after(start, null), after(null, at(1))]).toEqual(["+0 ms", "+3.0 s", "+2 min", "", ""]);
});

test("a filter goes through the form and comes back as it was", () => {
  const filter = { department: [1, "2"], vip: [true], Grade: { gte: 1, lte: 2 }, "Visitor.Name": { starts_with: "A" } };
  expect(filterOf(rowsOf(filter))).toEqual(filter);
  expect(filterOf(rowsOf({ Country: "DE", Source: { ne: 3 } }))).toEqual({ Country: ["DE"], Source: { not_in: [3] } });
  expect(filterTexts({ Grade: { lte: 2 }, Source: [0, 1] })).toEqual(["Grade ≤ 2", "Source = 0 | 1"]);
  expect(filterOf([{ field: " ", op: "in", values: ["1"] }])).toBeNull();
  expect(filterOf([])).toBeNull();
});
