import { expect, test } from "vitest";
import { bodyOf, formOf, secondsOf } from "./pace";
import type { HookView } from "./types";

const hook = { id: 1, url: "https://a.example", events: ["ChatCreated"], description: "", enabled: true, rate_per_s: 20, schedule: [5, 60], max_in_flight: 4, algorithm: "v1", filter: { Grade: [1] } } as unknown as HookView;

test("only the pace that was changed is sent", () => {
  expect(bodyOf(formOf(hook), hook)).toEqual({ url: hook.url, events: hook.events, description: "", enabled: true });
  expect(bodyOf({ ...formOf(hook), rate: null, schedule: ["5"] }, hook)).toMatchObject({ rate_per_s: null, schedule: [5] });
  expect("filter" in bodyOf({ ...formOf(hook), rate: null }, hook)).toBe(false);
  expect(bodyOf({ ...formOf(hook), rows: [], schedule: [] }, hook)).toMatchObject({ filter: null, schedule: null });
  expect(bodyOf({ ...formOf(hook), holdBack: 0 }, hook)).toMatchObject({ hold_back_s: 0 });
  expect("algorithm" in bodyOf({ ...formOf(hook), algorithm: "v1a" }, hook)).toBe(false);
});

test("a new webhook sends no pace unless one was set", () => {
  expect(Object.keys(bodyOf(formOf(null), null))).toEqual(["url", "events", "description", "enabled"]);
  expect(bodyOf({ ...formOf(null), algorithm: "v1a" }, null).algorithm).toBe("v1a");
});

test("retries are whole seconds; anything else is left out", () => {
  expect(secondsOf(["5", "sixty", "0", "-1", "1.5", "600"])).toEqual([5, 600]);
});
