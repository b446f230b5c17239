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
/** 21 Nov 2026, 14:05 */
export const moment = (at: When) =>
  format("moment", { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
/** Saturday, 21 November */
export const longDay = (at: When) => format("day", { weekday: "long", month: "long", day: "numeric" }).format(new Date(at));
export const shortDay = (at: When) => format("short", { month: "short", day: "numeric" }).format(new Date(at));
/** A key that is equal for two times of one day in the user's zone. */
export const dayKey = (at: When) => new Intl.DateTimeFormat("en-CA", { timeZone: zone() }).format(new Date(at));

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

export function startOfToday(now = new Date()): Date {
  const [year, month, day] = dayKey(now).split("-").map(Number);
  const guess = Date.UTC(year ?? 1970, (month ?? 1) - 1, day ?? 1);
  return new Date(guess - offsetAt(guess));
}

/** The last moment of a calendar day in the user's zone (`2026-11-21`). */
export function dayBounds(day: string): { from: Date; to: Date } {
  const [year, month, date] = day.split("-").map(Number);
  const guess = Date.UTC(year ?? 1970, (month ?? 1) - 1, date ?? 1);
  const from = new Date(guess - offsetAt(guess));
  return { from, to: new Date(from.getTime() + 86_400_000 - 1) };
}

function offsetAt(utc: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone(), hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(utc);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - utc;
}

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
