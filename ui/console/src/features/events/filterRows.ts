import type { SubscriptionFilter } from "./types";

export const OPERATORS = ["in", "not_in", "gt", "gte", "lt", "lte", "starts_with", "contains", "exists"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface FilterRow {
  field: string;
  op: Operator;
  /** As JSON where JSON says more than text: `1` is a number, `"1"` and `hello` are texts. */
  values: string[];
}

const SIGNS: Record<Operator, string> = { in: "=", not_in: "≠", gt: ">", gte: "≥", lt: "<", lte: "≤", starts_with: "^=", contains: "∋", exists: "∃" };
const LISTS: Operator[] = ["in", "not_in"];

function speaksJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const write = (value: unknown): string => (typeof value === "string" && !speaksJson(value) ? value : JSON.stringify(value));
const read = (text: string): unknown => (speaksJson(text) ? JSON.parse(text) : text);
const many = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(write);

/** A row for each comparison; a plain value and a list ask for one of several. */
export function rowsOf(filter: SubscriptionFilter | null): FilterRow[] {
  return Object.entries(filter ?? {}).flatMap(([field, asked]) => {
    if (asked === null || typeof asked !== "object" || Array.isArray(asked)) return [{ field, op: "in" as const, values: many(asked) }];
    return Object.entries(asked).map(([word, value]): FilterRow => ({ field, op: word === "eq" ? "in" : word === "ne" ? "not_in" : (word as Operator), values: many(value) }));
  });
}

/** The filter that these rows say; none when they say nothing. */
export function filterOf(rows: FilterRow[]): SubscriptionFilter | null {
  const said = rows.filter(({ field, values }) => field?.trim() && values?.length > 0);
  if (said.length === 0) return null;
  const filter: SubscriptionFilter = {};
  for (const name of new Set(said.map(({ field }) => field.trim()))) {
    const ofField = said.filter(({ field }) => field.trim() === name);
    const value = ({ op = "in", values }: FilterRow) => (LISTS.includes(op) ? values.map(read) : read(values[0] ?? ""));
    const [only] = ofField;
    filter[name] = ofField.length === 1 && only && (only.op ?? "in") === "in" ? value(only) : Object.fromEntries(ofField.map((row) => [row.op ?? "in", value(row)]));
  }
  return filter;
}

/** A filter in signs, one text for each comparison: `Grade ≤ 2`. */
export const filterTexts = (filter: SubscriptionFilter | null): string[] => rowsOf(filter).map(({ field, op, values }) => `${field} ${SIGNS[op] ?? op} ${values.join(" | ")}`);
