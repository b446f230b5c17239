import { beforeAll, expect, test, vi } from "vitest";

vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
vi.stubGlobal("navigator", { language: "en", platform: "Linux", onLine: true });

let keys: typeof import("./hotkeys");
let time: typeof import("./time");
let session: typeof import("./session");
let doors: typeof import("./doors");
beforeAll(async () => {
  [keys, time, session, doors] = await Promise.all([import("./hotkeys"), import("./time"), import("./session"), import("./doors")]);
  session.useSession.setState({ who: { user: { id: 1, email: "", name: "", language: "en", time_zone: "Asia/Shanghai" }, sites: [], superadmin: false, totp_enabled: false, must_set_password: false } });
});

const press = (code: string, change: object = {}) => ({ code, key: "", altKey: false, ctrlKey: false, metaKey: false, ...change });

test("keys go by their place, whatever the layout makes of them", () => {
  const next = { code: "KeyJ", alt: true, run: () => {} };
  expect(keys.fits(next, press("KeyJ", { altKey: true, key: "∆" }))).toBe(true);
  expect(keys.fits(next, press("KeyJ"))).toBe(false);
  expect(keys.fits({ code: "Digit1", run: () => {} }, press("Digit1", { key: "&" }))).toBe(true);
  expect(keys.fits({ code: "KeyK", mod: true, run: () => {} }, press("KeyK", { ctrlKey: true }))).toBe(true);
  expect(keys.fits({ key: "?", run: () => {} }, press("Minus", { key: "?" }))).toBe(true);
});

test("a day begins and ends in the user's zone", () => {
  const { from, to } = time.dayBounds("2026-11-21");
  expect([from.toISOString(), to.toISOString()]).toEqual(["2026-11-20T16:00:00.000Z", "2026-11-21T15:59:59.999Z"]);
  expect(time.startOfToday(new Date("2026-11-21T17:00:00Z")).toISOString()).toBe("2026-11-21T16:00:00.000Z");
});

test("what a clock shows and the moment it shows it are found from each other", () => {
  expect(time.fromWall("2026-11-21T14:05").toISOString()).toBe("2026-11-21T06:05:00.000Z");
  expect(time.toWall("2026-11-21T06:05:31.500Z")).toBe("2026-11-21T14:05");
  expect(time.toWall("nonsense")).toBe("");
});

test("spans name their two largest parts", () => {
  expect([time.span(45_000), time.span(3_600_000 * 3 + 60_000 * 12), time.span(86_400_000 * 2), time.span(0), time.span(61_000)]).toEqual(["45 secs", "3 hrs 12 mins", "2 days", "0 secs", "1 min 1 sec"]);
});

test("a moment says no more than is needed to know it", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(["2026-11-21T06:05:00Z", "2026-11-18T06:05:00Z", "2025-11-18T06:05:00Z"].map((at) => time.recent(at, now))).toEqual(["14:05", "18 Nov 14:05", "18 Nov 2025, 14:05"]);
});

test("the time left tells seconds only near the end", () => {
  expect([time.left(54 * 60_000 + 14_000), time.left(-(25 * 60_000 + 46_000)), time.left(61_000)]).toEqual(["54 mins", "25 mins", "1 min 1 sec"]);
});

test("timers read as people say them", () => {
  expect([time.timer(42), time.timer(725), time.timer(3729), time.timer(-3)]).toEqual(["0:42", "12:05", "1:02:09", "0:00"]);
});

test("no door leads where nothing may be seen", () => {
  const names = (permissions: string[], superadmin = false) => {
    const site = { id: 1, name: "", role: "", permissions } as never;
    return doors.openDoors({ ...session.useSession.getState(), who: { superadmin } as never, site }).map(({ name }) => name);
  };
  expect(names([])).toEqual([]);
  expect(names(["view_history"])).toEqual(["history"]);
  expect(names(["answer_chats", "manage_widgets"])).toEqual(["desk", "settings"]);
  expect(names([], true)).toEqual(["settings"]);
});
