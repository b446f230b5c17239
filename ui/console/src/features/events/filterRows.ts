import type { SubscriptionFilter } from "./types";

export interface FilterRow {
  field: string;
  /** As JSON where JSON says more than text: `1` is a number, `"1"` and `hello` are texts. */
  values: string[];
}

const write = (value: unknown): string => (typeof value === "string" && !speaksJson(value) ? value : JSON.stringify(value));

function speaksJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const rowsOf = (filter: SubscriptionFilter | null): FilterRow[] => Object.entries(filter ?? {}).map(([field, values]) => ({ field, values: values.map(write) }));

/** The filter that these rows say; none when they say nothing. */
export function filterOf(rows: FilterRow[]): SubscriptionFilter | null {
  const said = rows.filter(({ field, values }) => field?.trim() && values?.length > 0);
  if (said.length === 0) return null;
  return Object.fromEntries(said.map(({ field, values }) => [field.trim(), values.map((value) => (speaksJson(value) ? JSON.parse(value) : value))]));
}
