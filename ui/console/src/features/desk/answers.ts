import type { ChatView } from "@switchboard/api";

export type Told = Pick<ChatView, "form" | "custom_fields">;

/** Without what a transcript says anyway: who it is, where it went, what was said first. */
export function besides<T extends Told>(told: T): T {
  const elsewhere = ["name", "email", "department", "message"];
  return { ...told, form: Object.fromEntries(Object.entries(told.form ?? {}).filter(([key]) => !elsewhere.includes(key))) };
}

/** The order in which a form asks; what else there is comes after. */
const ASKED = ["name", "email", "phone", "company", "product_service", "department", "message"];
const placeOf = (key: string) => (ASKED.includes(key) ? ASKED.indexOf(key) : ASKED.length);

/** What the form was told, to be listed: the known fields by their names in our language, the site's own by theirs. */
export function answersOf({ form, custom_fields }: Told, nameOf: (key: string) => string, ticked: (yes: boolean) => string): [string, string][] {
  const known = Object.entries(form ?? {}).filter(([, value]) => value !== "").sort(([a], [b]) => placeOf(a) - placeOf(b));
  const shown = (value: string) => (value === "true" || value === "false" ? ticked(value === "true") : value);
  return [...known.map(([key, value]): [string, string] => [nameOf(key), value]), ...(custom_fields ?? []).map(({ name, value }): [string, string] => [name, shown(value)])];
}
