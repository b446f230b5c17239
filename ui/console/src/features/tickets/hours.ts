import { DAYS, type Day, type TicketSettings } from "./types";

export type Span = [from: string, until: string];
export type Hours = Record<Day, Span[]>;
type Days = TicketSettings["business_hours"]["days"];

/** Every day with its spans, days off with none. */
export const hoursOf = (days: Days): Hours => Object.fromEntries(DAYS.map((day) => [day, days[day] ?? []])) as Hours;

/** Only the days on which somebody works, each in its order. */
export const daysOf = (hours: Hours): Days => Object.fromEntries(DAYS.filter((day) => hours[day].length > 0).map((day) => [day, [...hours[day]].sort((a, b) => a[0].localeCompare(b[0]))]));

/** What is wrong with the spans of a day. */
export function checkSpans(spans: Span[]): "empty" | "backwards" | "overlap" | null {
  const ordered = [...spans].sort((a, b) => a[0].localeCompare(b[0]));
  if (ordered.some(([from, until]) => !from || !until)) return "empty";
  if (ordered.some(([from, until]) => from >= until)) return "backwards";
  return ordered.some(([from], at) => at > 0 && from < (ordered[at - 1]?.[1] ?? "")) ? "overlap" : null;
}
