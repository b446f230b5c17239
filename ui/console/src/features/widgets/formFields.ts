import type { FormField, PreChat, PreChatField } from "@switchboard/api";

export const FIELD_KEYS = ["name", "email", "phone", "company", "department", "product_service", "message"] as const satisfies readonly PreChatField["key"][];
export const KINDS = ["text", "choice", "checkbox"] as const satisfies readonly FormField["kind"][];
/** As many as the server takes. */
export const MOST_OWN = 20;
export const MOST_CHOICES = 50;
export const LONGEST = 100;

/** The fields with those that the form does not list, so that they can be turned on; a message stays last. */
export function everyField(fields: PreChatField[]): PreChatField[] {
  const missing = FIELD_KEYS.filter((key) => !fields.some((field) => field.key === key)).map((key): PreChatField => ({ key, visible: false, required: false }));
  const end = fields.at(-1)?.key === "message" ? fields.length - 1 : fields.length;
  return [...fields.slice(0, end), ...missing, ...fields.slice(end)];
}

/** A field of the site's own with a number that none had. */
export const newField = (own: FormField[]): FormField => ({ id: Math.max(0, ...own.map(({ id }) => id)) + 1, name: "", label: { zh: "", en: "" }, kind: "text", required: false });

/** Only a choice has choices. */
export function ofKind({ choices, ...field }: FormField, kind: FormField["kind"]): FormField {
  return kind === "choice" ? { ...field, kind, choices: choices ?? [] } : { ...field, kind };
}

/** Choices as they are kept: tidied, each once, as many as are taken. */
export const tidyChoices = (list: string[]): string[] => [...new Set(list.map((one) => one.trim().slice(0, LONGEST)).filter(Boolean))].slice(0, MOST_CHOICES);

export function moved<T>(list: T[], at: number, by: number): T[] {
  const next = [...list];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(at + by, 0, one);
  return next;
}

/** What keeps the server from taking the form; the number of the field with it. */
export function faultsOf({ custom_fields }: PreChat): Map<number, "name" | "twice" | "choices"> {
  const faults = new Map<number, "name" | "twice" | "choices">();
  for (const { id, name, kind, choices } of custom_fields) {
    if (!name.trim()) faults.set(id, "name");
    else if (custom_fields.some((other) => other.id !== id && other.name.trim() === name.trim())) faults.set(id, "twice");
    else if (kind === "choice" && !choices?.length) faults.set(id, "choices");
  }
  return faults;
}
