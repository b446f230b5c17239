/** The integrations of the mock: one that works, one that fails, one that is not set up. */
import { randomUUID } from "node:crypto";
import { ago, list, missing, paged, Refusal } from "./refusal.mjs";

const SECRETS = { salesforce: ["client_secret", "private_key", "refresh_token"], zendesk: ["api_token", "oauth_token"], email: ["password"] };
const STEPS = { salesforce: ["settings", "sign_in", "limits", "case", "task", "contact", "lead"], zendesk: ["settings", "sign_in", "limits", "tickets"], email: ["settings", "connect", "sign_in", "sender"] };
const off = (kind) => ({ kind, configured: false, enabled: false, state: "off", last_error: null, last_error_at: null, last_ok_at: null, open_until: null, settings: {} });

const all = [
  { kind: "salesforce", configured: true, enabled: true, state: "ok", last_error: null, last_error_at: null, last_ok_at: ago(2), open_until: null, settings: { login_url: "https://login.salesforce.com", flow: "jwt_bearer", client_id: "3MVG9pRzvMkjMb6l", username: "switchboard@harbour.example", private_key: { set: true }, api_version: "v62.0", purpose: 4, offline_purpose: 6, match_before_chat: true, allow_duplicates: false, external_id_field: "", cases: [{ name: "Subject", value: "{{subject}}" }, { name: "Origin", value: "Chat" }], tasks: [], leads: [{ name: "Company", value: "{{name}}" }], create_contact: [], update_contact: [] } },
  { kind: "zendesk", configured: true, enabled: true, state: "open", last_error: "https://harbour.zendesk.com answered 401 Couldn't authenticate you", last_error_at: ago(3), last_ok_at: ago(900), open_until: ago(-2), settings: { url: "https://harbour.zendesk.com", auth: "token", email: "agent@harbour.example", api_token: { set: true }, subject: "{{subject}}", tags: ["chat"], priority: "", group_id: null, brand_id: null, ticket_form_id: null, custom_fields: [{ id: 360001234, value: "{{chat}}" }], public_transcript: false } },
  off("email"),
];
const find = (kind) => all.find((one) => one.kind === kind) ?? (() => { throw missing("integration"); })();
const row = ({ settings, ...rest }) => rest;

const logs = Object.fromEntries(["salesforce", "zendesk"].map((kind) => [kind, Array.from({ length: 12 }, (_, at) => {
  const state = kind === "zendesk" && at < 3 ? "failed" : at === 4 ? "retrying" : "done";
  return { id: at + 1, event: randomUUID(), chat: randomUUID(), state, what: kind === "zendesk" ? "ticket_created" : ["case_created", "contact_created", "task_created"][at % 3], detail: state === "done" ? `${kind === "zendesk" ? "#" : "5005g00000"}${4211 + at}` : "401 Couldn't authenticate you", attempts: state === "done" ? 1 : 5, at: ago(at * 41 + 3) };
})]));

/** Every third visitor is a contact with an account, the next a lead, the next unknown; nobody when Salesforce is off. */
export function whoInCrm({ number, visitor: { name, email } }) {
  if (!find("salesforce").enabled || !email) throw missing("match");
  const record = (prefix, more) => ({ id: `${prefix}5g00000XyZ${number}`, name, email, phone: "", title: "", company: "", url: `https://harbour.my.salesforce.com/${prefix}5g00000XyZ${number}`, ...more });
  const contact = number % 3 === 0 ? record("003", { title: "采购经理", phone: "+86 21 5550 1234" }) : null;
  const lead = number % 3 === 1 ? record("00Q", { title: "Buyer", company: "Northwind Outdoor" }) : null;
  return { kind: "salesforce", email, contact, lead, account: contact ? record("001", { name: "远山户外用品有限公司" }) : null, contacts: contact ? 2 : 0, leads: lead ? 1 : 0, at: ago(1) };
}

export const connectionRoutes = [
  ["GET", "/v1/integrations", () => list(all.map(row))],
  ["GET", "/v1/integrations/:kind", ({ kind }) => find(kind)],
  ["PUT", "/v1/integrations/:kind", ({ kind, body }) => {
    const one = find(kind);
    if (kind === "salesforce" && !/^v\d+\.0$/.test(body.settings.api_version ?? "")) throw new Refusal(400, "invalid", "is a version such as v62.0", "settings.api_version");
    const settings = { ...one.settings, ...body.settings };
    for (const name of SECRETS[kind]) {
      if (typeof body.settings[name] === "string") settings[name] = { set: true };
      else if (body.settings[name] === null) delete settings[name];
    }
    return Object.assign(one, { configured: true, enabled: body.enabled, state: body.enabled ? "ok" : "off", last_error: null, open_until: null, settings });
  }],
  ["POST", "/v1/integrations/:kind/test", ({ kind }) => {
    const good = find(kind).state === "ok";
    const steps = STEPS[kind].slice(0, good ? undefined : 2).map((name, at) => ({ name, ok: good || at === 0, detail: good || at === 0 ? { settings: "they are complete", limits: "1 204 of 100 000 calls used today" }[name] ?? "may be read" : "401 Couldn't authenticate you: check e-mail and token" }));
    return { ok: good, steps };
  }],
  ["GET", "/v1/integrations/:kind/log", ({ kind, query }) => (find(kind), paged(logs[kind] ?? [], query))],
];
