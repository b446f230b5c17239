import { filterOf, type FilterRow, rowsOf } from "@/features/events/filterRows";
import type { Algorithm, HookView, NewHook, Pace } from "./types";

export interface HookForm {
  url: string;
  events: string[];
  description: string;
  enabled: boolean;
  rows: FilterRow[];
  rate: number | null;
  schedule: string[];
  inFlight: number | null;
  holdBack: number | null;
  algorithm: Algorithm;
}

export const formOf = (hook: HookView | null): HookForm => ({
  url: hook?.url ?? "",
  events: hook?.events ?? [],
  description: hook?.description ?? "",
  enabled: hook?.enabled ?? true,
  rows: rowsOf(hook?.filter ?? null),
  rate: hook?.rate_per_s ?? null,
  schedule: (hook?.schedule ?? []).map(String),
  inFlight: hook?.max_in_flight ?? null,
  holdBack: hook?.hold_back_s ?? null,
  algorithm: hook?.algorithm ?? "v1",
});

/** Seconds out of what was typed; anything else is left out. */
export const secondsOf = (typed: string[]): number[] => typed.map(Number).filter((seconds) => Number.isInteger(seconds) && seconds > 0);

/** What is sent: of the pace only what differs from what is there. How it signs is chosen once; later with a new secret. */
export function bodyOf(form: HookForm, before: HookView | null): NewHook {
  const { url, events, description, enabled } = form;
  const schedule = secondsOf(form.schedule ?? []);
  const pace: Pace = { filter: filterOf(form.rows ?? []), rate_per_s: form.rate ?? null, schedule: schedule.length > 0 ? schedule : null, max_in_flight: form.inFlight ?? null, hold_back_s: form.holdBack ?? null };
  const was: Pace = { filter: before?.filter ?? null, rate_per_s: before?.rate_per_s ?? null, schedule: before?.schedule ?? null, max_in_flight: before?.max_in_flight ?? null, hold_back_s: before?.hold_back_s ?? null };
  const changed = (Object.keys(pace) as (keyof Pace)[]).filter((name) => JSON.stringify(pace[name]) !== JSON.stringify(was[name]));
  return { url, events, description, enabled, ...(before === null && form.algorithm !== "v1" ? { algorithm: form.algorithm } : {}), ...Object.fromEntries(changed.map((name) => [name, pace[name]])) };
}
