import { beforeAll, expect, test, vi } from "vitest";
import type { NoticeView } from "./types";

vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
vi.stubGlobal("navigator", { language: "en", platform: "Linux", onLine: true });
vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => {} });

let notices: typeof import("./notices");
let t: typeof import("i18next").t;
beforeAll(async () => {
  const { speak } = await import("@/app/i18n");
  vi.stubGlobal("document", { documentElement: {} });
  await speak("en");
  t = (await import("i18next")).t;
  notices = await import("./notices");
});

const notice = (change: Partial<NoticeView>): NoticeView => ({ id: 1, level: "yellow", kind: "queue_old", text_key: "", data: null, since: "2026-01-01T00:00:00.000Z", until: null, ...change });

test("what is over is not shown; the gravest comes first, then the newest", () => {
  const shown = notices.lasting([notice({ id: 1 }), notice({ id: 2, level: "red" }), notice({ id: 3, until: "2026-01-02T00:00:00.000Z" }), notice({ id: 4, since: "2026-01-03T00:00:00.000Z" })]);
  expect(shown.map(({ id }) => id)).toEqual([2, 4, 1]);
});

test("an alarm has words, and one of a kind that is not known here is told all the same", () => {
  expect(notices.noticeText(t, notice({ data: { queue: "Chat.Ended.Webhook", oldest_ms: 71_000 } }))).toBe("The queue Chat.Ended.Webhook is 1 min 11 secs behind");
  expect(notices.noticeText(t, notice({ kind: "level", data: { level: "orange" } }))).toBe("The pipeline: Strained");
  expect(notices.noticeText(t, notice({ kind: "moon_fell", data: { subject: "east" } }))).toBe("moon fell east");
});
