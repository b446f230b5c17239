import { useSyncExternalStore } from "react";
import i18next from "i18next";
import { useSession } from "./session";

const formats = new Map<string, Intl.DateTimeFormat>();

export function zone(): string {
  return useSession.getState().who?.user.time_zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function format(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${kind}|${i18next.language}|${zone()}`;
  let found = formats.get(key);
  if (!found) {
    const locale = i18next.language === "zh" ? "zh-CN" : "en-GB";
    found = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone() });
    formats.set(key, found);
  }
  return found;
}

type When = string | number | Date;

/** 14:05 */
export const clock = (at: When) => format("clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
/** 14:05:09, for what refreshes itself. */
export const second = (at: When) =>
  format("second", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(new Date(at));
/** 21 Nov, 14:05:09.123, for what is told apart by its moment. */
export const exact = (at: When) =>
  format("exact", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" }).format(new Date(at));
/** 21 Nov 2026, 14:05 */
export const moment = (at: When) =>
  format("moment", { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
/** Saturday, 21 November */
export const longDay = (at: When) => format("day", { weekday: "long", month: "long", day: "numeric" }).format(new Date(at));
export const shortDay = (at: When) => format("short", { month: "short", day: "numeric" }).format(new Date(at));
/** A key that is equal for two times of one day in the user's zone. */
export const dayKey = (at: When) => new Intl.DateTimeFormat("en-CA", { timeZone: zone() }).format(new Date(at));

/** 14:05 today, 18 Nov 14:05 this year, 18 Nov 2025, 14:05 before. */
export function recent(at: When, now = Date.now()): string {
  const [day, today] = [dayKey(at), dayKey(now)];
  if (day === today) return clock(at);
  return day.slice(0, 4) === today.slice(0, 4) ? `${shortDay(at)} ${clock(at)}` : moment(at);
}

/** The clock of today, the day of anything older. */
export function brief(at: When, now = Date.now()): string {
  return dayKey(at) === dayKey(now) ? clock(at) : shortDay(at);
}

/** 0:42, 12:05, 1:02:09 — the form of a running timer. */
export function timer(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (part: number) => String(part).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export const startOfToday = (now = new Date()): Date => fromWall(`${dayKey(now)}T00:00`);

/** The first and the last moment of a calendar day in the user's zone (`2026-11-21`). */
export function dayBounds(day: string): { from: Date; to: Date } {
  const from = fromWall(`${day}T00:00`);
  return { from, to: new Date(from.getTime() + 86_400_000 - 1) };
}

/** The moment at which the clocks of the user's zone show this (`2026-11-21T14:05`). */
export function fromWall(text: string): Date {
  const utc = Date.parse(`${text}Z`);
  const guess = utc - offsetAt(utc);
  // Beside a change of the clocks the first guess stands on its other side.
  return new Date(utc - offsetAt(guess));
}

/** What the clocks of the user's zone show then, to the minute. */
export function toWall(at: When): string {
  const utc = new Date(at).getTime();
  return Number.isNaN(utc) ? "" : new Date(utc + offsetAt(utc)).toISOString().slice(0, 16);
}

function offsetAt(utc: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone(), hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(utc);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - Math.floor(utc / 1000) * 1000;
}

/** "3 h 12 min", "45 s": an age or a time left, in its two largest parts. */
export function span(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts: [number, "day" | "hour" | "minute" | "second"][] = [[Math.floor(seconds / 86_400), "day"], [Math.floor(seconds / 3600) % 24, "hour"], [Math.floor(seconds / 60) % 60, "minute"], [seconds % 60, "second"]];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? parts.slice(3) : parts.slice(first, first + 2).filter(([count]) => count > 0);
  const locale = i18next.language === "zh" ? "zh-CN" : "en-GB";
  return shown.map(([count, unit]) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(count)).join(" ");
}

/** How long it is until then, or since; seconds are told only where they matter. */
export function left(ms: number): string {
  const far = Math.abs(ms) >= 10 * 60_000;
  return span(far ? Math.floor(Math.abs(ms) / 60_000) * 60_000 : Math.abs(ms));
}

/** A count in the user's way of writing it. */
export const count = (value: number) => new Intl.NumberFormat(i18next.language === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: 1 }).format(value);

// One heart for all running timers of the screen.
let now = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, 1000);

/** The time now, again every second. */
export function useNow(): number {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => now,
  );
}

/** The zones this browser knows, the user's own among them. */
export function timeZones(): string[] {
  return [...new Set(["UTC", zone(), ...Intl.supportedValuesOf("timeZone")])].sort();
}
