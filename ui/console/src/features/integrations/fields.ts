/** The settings of each system, as the form shows them. A new system is one entry here and its words in the books. */
import type { Kind, Settings } from "./types";

export interface Field {
  /** Where it stands in the settings; `server.host` is inside `server`. */
  name: string;
  as: "text" | "url" | "number" | "switch" | "select" | "secret" | "longSecret" | "tags" | "templates" | "idTemplates";
  options?: readonly (string | number)[];
  required?: boolean;
  /** Shown only while another field has one of these values. */
  when?: { field: string; is: readonly unknown[] };
  /** What it begins with. */
  first?: unknown;
  example?: string;
  /** Says where the secrets are sent: when it changes they are typed anew. */
  place?: boolean;
}

export interface Group {
  name: string;
  fields: Field[];
}

const PURPOSES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
const flow = (...is: string[]) => ({ field: "flow", is });
const own = { field: "own_server", is: [true] };

export const FORMS: Record<Kind, Group[]> = {
  salesforce: [
    {
      name: "signIn",
      fields: [
        { name: "login_url", place: true, as: "url", required: true, first: "https://login.salesforce.com", example: "https://login.salesforce.com" },
        { name: "flow", as: "select", options: ["jwt_bearer", "client_credentials", "refresh_token"], required: true, first: "jwt_bearer" },
        { name: "client_id", as: "text", required: true },
        { name: "client_secret", as: "secret", when: flow("client_credentials", "refresh_token") },
        { name: "username", as: "text", required: true, when: flow("jwt_bearer") },
        { name: "private_key", as: "longSecret", when: flow("jwt_bearer"), example: "-----BEGIN PRIVATE KEY-----" },
        { name: "audience", place: true, as: "text", when: flow("jwt_bearer") },
        { name: "refresh_token", as: "secret", when: flow("refresh_token") },
        { name: "api_version", as: "text", first: "v62.0", example: "v62.0" },
      ],
    },
    {
      name: "work",
      fields: [
        { name: "purpose", as: "select", options: PURPOSES, first: 0 },
        { name: "offline_purpose", as: "select", options: PURPOSES, first: 0 },
        { name: "match_before_chat", as: "switch", first: true },
        { name: "allow_duplicates", as: "switch", first: false },
        { name: "external_id_field", as: "text", example: "Switchboard_Chat_Id__c" },
      ],
    },
    { name: "fields", fields: ["cases", "tasks", "leads", "create_contact", "update_contact"].map((name) => ({ name, as: "templates" as const, first: [] })) },
  ],
  zendesk: [
    {
      name: "signIn",
      fields: [
        { name: "url", place: true, as: "url", required: true, example: "https://acme.zendesk.com" },
        { name: "auth", as: "select", options: ["token", "oauth"], required: true, first: "token" },
        { name: "email", as: "text", required: true, when: { field: "auth", is: ["token"] }, example: "agent@acme.example" },
        { name: "api_token", as: "secret", when: { field: "auth", is: ["token"] } },
        { name: "oauth_token", as: "secret", when: { field: "auth", is: ["oauth"] } },
      ],
    },
    {
      name: "ticket",
      fields: [
        { name: "subject", as: "text", first: "{{subject}}" },
        { name: "priority", as: "select", options: ["", "low", "normal", "high", "urgent"], first: "" },
        { name: "tags", as: "tags", first: [] },
        { name: "public_transcript", as: "switch", first: false },
        { name: "group_id", as: "number" },
        { name: "brand_id", as: "number" },
        { name: "ticket_form_id", as: "number" },
        { name: "custom_fields", as: "idTemplates", first: [] },
      ],
    },
  ],
  email: [
    {
      name: "server",
      fields: [
        { name: "own_server", as: "switch", first: false },
        { name: "server.host", place: true, as: "text", required: true, when: own, example: "smtp.example.com" },
        { name: "server.port", place: true, as: "number", required: true, when: own, first: 587 },
        { name: "server.security", place: true, as: "select", options: ["tls", "starttls", "plain"], when: own, first: "starttls" },
        { name: "server.user", place: true, as: "text", when: own },
        { name: "password", as: "secret", when: own },
        { name: "from_name", as: "text" },
        { name: "from_address", as: "text", example: "support@shop.example" },
      ],
    },
    {
      name: "letters",
      fields: [
        { name: "transcripts", as: "select", options: ["never", "answered", "always"], first: "never" },
        { name: "transcript_copies", as: "tags", first: [] },
        { name: "offline_news", as: "switch", first: true },
        { name: "offline_to", as: "tags", first: [] },
        { name: "offline_receipt", as: "switch", first: false },
        { name: "language", as: "select", options: ["", "zh", "en"], first: "" },
      ],
    },
  ],
};

export const fieldsOf = (kind: Kind): Field[] => FORMS[kind].flatMap((group) => group.fields);

/** `cases[0].name` as the form names it. */
export const pathOf = (name: string): (string | number)[] => name.replace(/^settings\./, "").split(/[.[\]]+/).filter(Boolean).map((part) => (/^\d+$/.test(part) ? Number(part) : part));

export const isSecret = (field: Field): boolean => field.as === "secret" || field.as === "longSecret";

function at(settings: unknown, name: string): unknown {
  return pathOf(name).reduce<unknown>((inside, part) => (inside && typeof inside === "object" ? (inside as Record<string | number, unknown>)[part] : undefined), settings);
}

function put(settings: Settings, name: string, value: unknown): void {
  const path = pathOf(name);
  const last = path.pop() as string;
  const inside = path.reduce<Settings>((here, part) => (here[part] ??= {}) as Settings, settings);
  inside[last] = value;
}

export const isSet = (settings: Settings, field: Field): boolean => (at(settings, field.name) as { set?: boolean } | undefined)?.set === true;

/** What the form begins with: what is saved, else what each field begins with. A secret is never shown. */
export function valuesOf(kind: Kind, settings: Settings): Settings {
  const values: Settings = {};
  for (const field of fieldsOf(kind)) {
    if (isSecret(field)) continue;
    const saved = field.name === "own_server" ? Boolean(settings["server"]) : at(settings, field.name);
    put(values, field.name, saved ?? field.first ?? (field.as === "number" ? null : ""));
  }
  return values;
}

export const isShown = (field: Field, values: Settings): boolean => !field.when || field.when.is.includes(at(values, field.when.field));

/** Would the secrets be sent to another place than the one they were saved for? */
export const isMoved = (kind: Kind, saved: Settings, values: Settings): boolean =>
  fieldsOf(kind).some((field) => field.place && isShown(field, values) && (at(values, field.name) ?? "") !== (at(saved, field.name) ?? ""));

/** What is sent: every field, a secret only when it was typed anew, and `null` for one that is taken away or stays behind unseen. */
export function settingsOf(kind: Kind, values: Settings, removed: ReadonlySet<string>, moved = false): Settings {
  const settings: Settings = {};
  for (const field of fieldsOf(kind)) {
    const value = at(values, field.name);
    if (isSecret(field)) {
      if (typeof value === "string" && value !== "") put(settings, field.name, value);
      else if (removed.has(field.name) || (moved && !isShown(field, values))) put(settings, field.name, null);
    } else if (field.name === "own_server") continue;
    else if (field.name.startsWith("server.") && values["own_server"] !== true) settings["server"] = null;
    else put(settings, field.name, value ?? (field.as === "number" ? null : (field.first ?? "")));
  }
  return settings;
}
