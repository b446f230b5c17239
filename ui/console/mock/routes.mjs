/** The table of the mock's routes: method, path, handler. Small and forgiving; only the shapes are exact. */
import { randomUUID } from "node:crypto";
import { addEntry, agentOf, state, visitorOf } from "./chats.mjs";
import { house, PERMISSIONS, widget } from "./people.mjs";
import { connectionRoutes, whoInCrm } from "./connections.mjs";
import { pipelineRoutes } from "./pipeline.mjs";
import { cursorOf, entry, event } from "./realtime.mjs";
import { ticketRoutes } from "./tickets.mjs";
import { list, missing, Refusal } from "./refusal.mjs";
import { uploads } from "./uploads.mjs";

const me = () => house.users[0];
let ids = 100;

export function whoAmI() {
  const access = (site) => ({ id: site.id, name: site.name, role: "admin", permissions: house.me.permissions ?? PERMISSIONS });
  const { language, time_zone, superadmin } = house.me;
  return { user: { id: me().id, email: me().email, name: me().name, language, time_zone }, sites: house.sites.map(access), superadmin, totp_enabled: house.me.totp, must_set_password: house.me.mustSet };
}

const chatOf = (id) => state.chats.get(id) ?? (() => { throw missing("chat"); })();
const mine = () => [...state.chats.values()].filter((chat) => chat.status === "chatting" && chat.agent?.id === me().id);
const queue = () => [...state.chats.values()].filter((chat) => chat.status === "waiting");

export function told(chat, kind = "chat_updated") {
  event("desk", kind, chat);
  const visitor = state.visitors.get(chat.visitor.id);
  if (visitor) {
    Object.assign(visitor, { status: chat.status === "ended" ? "browsing" : chat.status, chat: chat.status === "ended" ? null : chat.id });
    event("visitors", "visitor_upsert", visitor);
  }
}

export function say(id, body) {
  const chat = chatOf(id);
  const known = state.entries.get(id).find((one) => one.client_id === body.client_id);
  if (known) return known;
  if (chat.status !== "chatting") throw new Refusal(409, "conflict", "the chat has ended");
  if (body.text?.includes("/fail")) throw new Refusal(400, "invalid", "text was refused by a filter", "text");
  const made = addEntry(chat, agentOf(me()), { text: body.text ?? null, upload: uploads.get(body.upload) ?? null, client_id: body.client_id });
  entry(chat, made);
  return made;
}

const plain = (path, name, make) => [
  ["GET", path, () => list(house[name])],
  ["POST", path, ({ body }) => make(body)],
  ["GET", `${path}/:id`, ({ id }) => house[name].find((one) => String(one.id) === id) ?? (() => { throw missing(name); })()],
  ["PATCH", `${path}/:id`, ({ id, body }) => Object.assign(house[name].find((one) => String(one.id) === id), body, name === "widgets" ? { version: house.widgets.find((one) => String(one.id) === id).version + 1 } : {})],
  ["DELETE", `${path}/:id`, ({ id }) => void house[name].splice(house[name].findIndex((one) => String(one.id) === id), 1)],
];
const add = (name, one) => (house[name].push(one), one);

function findChats({ query }) {
  const words = (query.get("q") ?? "").toLowerCase();
  const has = (chat) => !words || [chat.visitor.name, chat.visitor.email, ...state.entries.get(chat.id).map((one) => one.text)].some((text) => text?.toLowerCase().includes(words));
  const hit = [...state.chats.values()]
    .filter((chat) => (!query.get("status") || chat.status === query.get("status")) && (!query.get("agent") || String(chat.agent?.id) === query.get("agent")) && (!query.get("department") || String(chat.department?.id) === query.get("department")))
    .filter((chat) => (!query.get("from") || chat.requested_at >= query.get("from")) && (!query.get("to") || chat.requested_at <= query.get("to")) && has(chat))
    .sort((a, b) => b.requested_at.localeCompare(a.requested_at));
  const start = Number(query.get("after") ?? 0);
  const limit = Number(query.get("limit") ?? 50);
  return { items: hit.slice(start, start + limit), next: hit.length > start + limit ? String(start + limit) : null };
}

function end(chat, by, from) {
  entry(chat, addEntry(chat, from, { kind: "ended", data: { by } }));
  Object.assign(chat, { status: "ended", ended_at: new Date().toISOString(), ended_by: by, unread: 0 });
  told(chat, "chat_closed");
  return chat;
}

function accept(chat) {
  if (chat.status !== "waiting") throw new Refusal(409, "conflict", "somebody else took this chat");
  Object.assign(chat, { status: "chatting", agent: { id: me().id, name: me().name }, started_at: new Date().toISOString() });
  entry(chat, addEntry(chat, agentOf(me()), { kind: "joined" }));
  told(chat, "chat_assigned");
  return chat;
}

function transfer(chat, { agent, department }) {
  const to = agent ? house.users.find((one) => one.id === agent) : house.departments.find((one) => one.id === department);
  entry(chat, addEntry(chat, agentOf(me()), { kind: "transferred", data: { to: to.name } }));
  if (agent) chat.agent = { id: to.id, name: to.name };
  else Object.assign(chat, { agent: null, status: "waiting", department: { id: to.id, name: to.name }, requested_at: new Date().toISOString() });
  told(chat);
  return chat;
}

function visitorDetail({ id }) {
  const live = state.visitors.get(id);
  const chats = [...state.chats.values()].filter((chat) => chat.visitor.id === id || (live?.name && chat.visitor.name === live.name)).slice(0, 5);
  const visitor = live ?? { ...chats[0]?.visitor, status: "browsing", landing: null, device: "desktop", time_zone: null, pages: 2, since: chats[0]?.requested_at, seen: chats[0]?.requested_at, chat: null, variables: {} };
  if (!visitor.id) throw missing("visitor");
  const pages = [["/", "海港户外 — 首页"], ["/tents", "帐篷"], ["/tents/ridge-2", "Ridge 2 两人帐篷"]].map(([path, title], at) => ({ url: `https://shop.harbour.example${path}`, title, at: new Date(Date.parse(visitor.since) + at * 70_000).toISOString() }));
  return { visitor, visits: [{ id: 1, since: visitor.since, seen: visitor.seen, referrer: visitor.referrer, pages: visitor.pages }], pages: [...pages, ...(visitor.page ? [{ ...visitor.page, at: visitor.seen }] : [])], chats };
}

export const routes = [
  ["GET", "/v1/session", () => (house.me.signedIn ? whoAmI() : (() => { throw new Refusal(401, "unauthenticated", "sign in first"); })())],
  ["POST", "/v1/session", ({ body }) => {
    if (body.password === "wrong") throw new Refusal(401, "unauthenticated", "e-mail or password is wrong");
    if ((house.me.totp || body.email.startsWith("totp")) && !body.totp) throw new Refusal(401, "totp-required", "a code is needed");
    if (body.totp === "000000") throw new Refusal(401, "unauthenticated", "the code is wrong");
    house.me.signedIn = true;
    return whoAmI();
  }],
  ["POST", "/v1/session/link", ({ body }) => {
    if (body.token.startsWith("bad")) throw new Refusal(401, "unauthenticated", "the link was used");
    Object.assign(house.me, { signedIn: true, mustSet: body.token.startsWith("new") });
    return whoAmI();
  }],
  ["DELETE", "/v1/session", () => void (house.me.signedIn = false)],
  ["GET", "/v1/me/sessions", () => list(house.sessions)],
  ["DELETE", "/v1/me/sessions/:id", ({ id }) => void (house.sessions = house.sessions.filter((one) => String(one.id) !== id))],
  ["PUT", "/v1/me/password", ({ body }) => {
    if (body.current === "wrong") throw new Refusal(400, "invalid", "the current password is wrong", "current");
    house.me.mustSet = false;
  }],
  ["POST", "/v1/me/totp", () => ({ secret: "JBSWY3DPEHPK3PXPJBSWY3DP", otpauth_url: "otpauth://totp/Switchboard:lin@harbour.example?secret=JBSWY3DPEHPK3PXPJBSWY3DP&issuer=Switchboard" })],
  ["PUT", "/v1/me/totp", ({ body }) => {
    if (!/^\d{6}$/.test(body.code)) throw new Refusal(400, "invalid", "the code has six digits", "code");
    house.me.totp = true;
    return { recovery_codes: Array.from({ length: 8 }, () => randomUUID().slice(0, 11)) };
  }],
  ["DELETE", "/v1/me/totp", () => void (house.me.totp = false)],
  ["PATCH", "/v1/me", ({ body }) => {
    const { name, ...rest } = body;
    if (name) me().name = name;
    Object.assign(house.me, rest);
  }],
  ["GET", "/v1/desk", () => ({
    me: { ...state.me, load: mine().length },
    chats: mine(),
    queue: queue(),
    colleagues: house.users.slice(1, 5).map((one, at) => ({ id: one.id, name: one.name, status: ["online", "online", "away", "offline"][at], load: [3, 1, 0, 0][at], limit: one.chat_limit })),
    cursor: cursorOf("desk"),
    storage_full: house.me.full === true,
  })],
  ["PUT", "/v1/desk/status", ({ body }) => {
    state.me.status = body.status;
    event("desk", "colleague", { id: me().id, name: me().name, status: body.status, load: mine().length, limit: 6 });
    return { ...state.me, load: mine().length };
  }],
  ["GET", "/v1/visitors", () => ({ items: [...state.visitors.values()], cursor: cursorOf("visitors") })],
  ["GET", "/v1/visitors/:id", visitorDetail],
  ["GET", "/v1/chats", findChats],
  ["GET", "/v1/chats/:id", ({ id }) => chatOf(id)],
  ["GET", "/v1/chats/:id/messages", ({ id, query }) => (chatOf(id), list(state.entries.get(id).filter((one) => one.seq > Number(query.get("after_seq") ?? 0)).slice(0, Number(query.get("limit") ?? 50))))],
  ["POST", "/v1/chats/:id/messages", ({ id, body }) => ({ entry: say(id, body) })],
  ["POST", "/v1/chats/:id/accept", ({ id }) => accept(chatOf(id))],
  ["POST", "/v1/chats/:id/end", ({ id }) => end(chatOf(id), "agent", agentOf(me()))],
  ["POST", "/v1/chats/:id/transfer", ({ id, body }) => transfer(chatOf(id), body)],
  ["GET", "/v1/chats/:id/crm", ({ id }) => whoInCrm(chatOf(id))],
  ["PUT", "/v1/chats/:id/read", ({ id }) => void (chatOf(id).unread = 0)],
  ...plain("/v1/widgets", "widgets", (body) => add("widgets", widget(++ids, body.name, "#1456f0"))),
  ...plain("/v1/sites", "sites", (body) => add("sites", { id: ++ids, ...body })),
  ["POST", "/v1/users", ({ body }) => {
    if (house.users.some((one) => one.email === body.email)) throw new Refusal(409, "conflict", "this e-mail is taken", "email");
    return { user: add("users", { id: ++ids, disabled: false, departments: [], seen_at: null, ...body }), link: `http://localhost/link#inv_${randomUUID()}` };
  }],
  ["POST", "/v1/users/:id/link", () => ({ link: `inv_${randomUUID()}` })],
  ["GET", "/v1/users/:id/sessions", () => list(house.sessions.map((one) => ({ ...one, current: false })))],
  ["DELETE", "/v1/users/:id/sessions/:sid", () => undefined],
  ...plain("/v1/users", "users"),
  ...plain("/v1/roles", "roles", (body) => add("roles", { id: ++ids, built_in: null, ...body })),
  ...plain("/v1/departments", "departments", (body) => add("departments", { id: ++ids, ...body })),
  ...plain("/v1/api-keys", "apiKeys", (body) => ({ key: add("apiKeys", { id: ++ids, hint: "sbk_new1", created_at: new Date().toISOString(), expires_at: null, used_at: null, ...body }), secret: `sbk_${randomUUID().replaceAll("-", "")}` })),
  ...plain("/v1/webhooks", "webhooks", (body) => ({ ...add("webhooks", { id: ++ids, ...body }), secret: `whsec_${randomUUID().replaceAll("-", "")}` })),
  ["POST", "/v1/webhooks/:id/secret", () => ({ secret: `whsec_${randomUUID().replaceAll("-", "")}` })],
  ["DELETE", "/v1/webhooks/:id/old-secrets", () => undefined],
  ["POST", "/v1/webhooks/:id/resend", ({ id, body }) => ({ count: house.deliveries.filter((one) => String(one.webhook) === id && (!body.status || one.status === body.status) && (!body.from || one.created_at >= body.from) && (!body.to || one.created_at <= body.to)).length })],
  ["POST", "/v1/webhooks/:id/test", () => undefined],
  ["GET", "/v1/webhooks/:id/deliveries", ({ id, query }) => list(house.deliveries.filter((one) => String(one.webhook) === id && (!query.get("status") || one.status === query.get("status"))))],
  ["GET", "/v1/webhook-deliveries/:id", ({ id }) => {
    const one = house.deliveries.find((delivery) => delivery.id === id) ?? (() => { throw missing("delivery"); })();
    const body = JSON.stringify({ id: one.event, type: one.type, site: 1, data: { chat: randomUUID(), agent: "林晓" } });
    const head = (name, value) => ({ name, value });
    const log = Array.from({ length: one.attempts }, (_, at) => ({
      number: at + 1, at: one.created_at, took_ms: 120 + at * 33, url: house.webhooks[0].url, status: one.last_status, error: null,
      request_headers: [head("content-type", "application/json"), head("webhook-id", one.event), head("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=")],
      response_headers: [head("content-type", "text/plain")], response_body: one.last_status === 200 ? "ok" : "upstream down",
    }));
    return { ...one, request_body: body, log };
  }],
  ["POST", "/v1/webhook-deliveries/:id/resend", () => undefined],
  ["GET", "/v1/events/types", () => list(house.eventTypes)],
  ...pipelineRoutes,
  ...connectionRoutes,
  ...ticketRoutes,
];
export { end, visitorOf };
