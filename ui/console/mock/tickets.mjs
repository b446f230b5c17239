/** Tickets of the mock, with their conversations, views, macros and rules. */
import { randomUUID } from "node:crypto";
import { house } from "./people.mjs";
import { uploads } from "./uploads.mjs";
import { ago, list, missing, paged, Refusal } from "./refusal.mjs";

const SUBJECTS = ["发票可以补开吗？", "My order 20461 has not arrived", "退货地址在哪里", "Zip broke after two weeks", "团购报价：40 顶帐篷", "Wrong size delivered", "会员积分没有到账", "Invoice shows the wrong VAT number", "如何更改收货地址", "Tent poles missing", "优惠券无法使用", "Question about warranty"];
const PEOPLE = [["李浩然", "haoran.li@mail.example"], ["Emma Clarke", "emma.clarke@mail.example"], ["王雨桐", "yutong@mail.example"], ["Noah Berg", "noah@berg.example"], ["周文静", ""], ["Camille Roy", "camille@roy.example"]];
const STATUSES = ["new", "open", "open", "pending", "on_hold", "solved", "closed"];
const PRIORITIES = ["normal", "high", "normal", "urgent", "low", "normal"];
const SOURCES = ["offline", "email", "chat", "agent", "email"];
const named = ({ id, name }) => ({ id, name });
const ahead = (minutes) => ago(-minutes);

const slaOf = (at, status) => ["solved", "closed", "pending", "on_hold"].includes(status)
  ? { first_reply_due: null, next_reply_due: null, resolve_due: null, breached: at % 5 === 0 ? ["first_reply"] : [] }
  : { first_reply_due: status === "new" ? [ahead(12), ago(25), ahead(190)][at % 3] : null, next_reply_due: status === "open" ? [ahead(55), ago(8), ahead(400)][at % 3] : null, resolve_due: ahead(60 * (6 + at)), breached: at % 3 === 1 ? [status === "new" ? "first_reply" : "next_reply"] : [] };

const tickets = Array.from({ length: 34 }, (_, at) => {
  const status = STATUSES[(at * 3) % STATUSES.length];
  const [name, email] = PEOPLE[at % PEOPLE.length];
  const user = at % 4 === 0 ? null : house.users[at % 5];
  return { id: at + 1, number: 1034 - at, subject: SUBJECTS[at % SUBJECTS.length], status, priority: PRIORITIES[at % PRIORITIES.length], requester: { name, email }, assignee: status === "new" || !user ? null : named(user), department: named(house.departments[at % 3]), tags: at % 3 === 0 ? ["vip"] : at % 3 === 1 ? ["order", "shipping"] : [], source: SOURCES[at % SOURCES.length], sla: slaOf(at, status), unread: at % 4 === 1, created_at: ago(at * 300 + 500), updated_at: ago(at * 47 + 3), chat: SOURCES[at % SOURCES.length] === "chat" ? randomUUID() : null, follows: at === 3 ? 990 : null, language: "zh" };
});

let message = 8_000_000_000_000_000n;
const conversations = new Map();
function conversation(ticket) {
  if (!conversations.has(ticket.id)) {
    const agent = (at) => ({ kind: "agent", id: house.users[at].id, name: house.users[at].name });
    const requester = { kind: "requester", ...ticket.requester };
    const entries = [];
    const say = (kind, author, text, minutes, more = {}) => entries.push({ seq: entries.length + 1, id: String(++message), kind, from: author, text, uploads: [], changes: [], email: null, client_id: null, at: ago(minutes), ...more });
    say("public", requester, `${ticket.subject}\n\nHello, I ordered on the third and the parcel still says “on its way”. Could you have a look? https://shop.harbour.example/orders/20461`, 1500);
    say("change", agent(1), "", 1480, { changes: [{ field: "assignee", from: null, to: 2 }, { field: "status", from: "new", to: "open" }] });
    say("note", agent(1), "仓库说 5 号已发出，承运商系统没有更新。我先联系承运商。", 1470);
    say("public", agent(1), "Thank you for writing. Your parcel left our warehouse on the fifth; we are asking the carrier where it is and come back to you today.", 1460, { email: { state: "sent", trouble: null } });
    say("system", { kind: "system" }, "", 600, { changes: [{ field: "sla_breached", from: null, to: "next_reply" }] });
    say("public", requester, "Thanks. It arrived, but one pole is missing — see the picture.", 200, { uploads: [{ id: randomUUID(), name: "pole.png", type: "image/png", size: 48_200, url: "/f/x/sig/pole.png", width: 480, height: 320 }] });
    say("public", agent(0), "A new pole goes out today. Sorry for the trouble!", 30, { email: { state: "failed", trouble: "550 5.1.1 mailbox does not exist" } });
    conversations.set(ticket.id, entries);
  }
  return conversations.get(ticket.id);
}

let views = [
  { id: 1, name: "VIP", filter: { tag: "vip", status: ["new", "open"] }, sort: "due", shared: true, own: false },
  { id: 2, name: "International orders", filter: { department: 3 }, sort: "updated", shared: false, own: true },
];
let macros = [
  { id: 1, name: "请提供订单号", text: "您好！请告诉我们您的订单号，我们马上为您查询。", actions: { status: "pending", tags_add: ["order"] } },
  { id: 2, name: "Replacement sent", text: "A replacement goes out today, at no cost. You get the tracking number by e-mail.", actions: { status: "solved", priority: null, assignee: null, tags_add: ["replacement"] } },
  { id: 3, name: "Escalate", text: "I have passed this on to my team leader, who will write to you today.", actions: { priority: "urgent", assignee: 2, tags_add: [] } },
];
let settings = { sla: [{ priority: "urgent", first_reply_minutes: 30, next_reply_minutes: 60, resolve_minutes: 480 }, { priority: "high", first_reply_minutes: 120, next_reply_minutes: 240, resolve_minutes: 1440 }, { priority: "normal", first_reply_minutes: 480, next_reply_minutes: null, resolve_minutes: null }], business_hours: { time_zone: "Asia/Shanghai", days: { mon: [["09:00", "12:00"], ["13:30", "18:00"]], tue: [["09:00", "18:00"]], wed: [["09:00", "18:00"]], thu: [["09:00", "18:00"]], fri: [["09:00", "18:00"]] }, holidays: ["2026-10-01", "2026-10-02"] }, from_offline: true, from_chats: false, inbound_address: "support@harbour.example", acknowledge: true, staff_news: true, close_after_days: 7, inbound_hook: "/hooks/email/1/4f1c2a" };
let ids = 100;

const find = (id) => tickets.find((one) => String(one.id) === id) ?? (() => { throw missing("ticket"); })();
const known = (items, id, what) => items.find((one) => String(one.id) === id) ?? (() => { throw missing(what); })();
const words = (value) => (Array.isArray(value) ? value : String(value).split(","));
const fits = (one, { status, priority, assignee, department, tag, q }) =>
  (!status?.length || words(status).includes(one.status)) && (!priority?.length || words(priority).includes(one.priority)) &&
  (!assignee || (assignee === "none" ? !one.assignee : String(one.assignee?.id) === (assignee === "me" ? "1" : String(assignee)))) &&
  (!department || String(one.department?.id) === String(department)) && (!tag || one.tags.includes(tag)) &&
  (!q || [one.subject, one.requester.name, one.requester.email, `#${one.number}`].join(" ").toLowerCase().includes(q.toLowerCase()));
const due = ({ sla }) => [sla.first_reply_due, sla.next_reply_due, sla.resolve_due].filter(Boolean).sort()[0] ?? "9999";
const ORDERS = { updated: (a, b) => b.updated_at.localeCompare(a.updated_at), created: (a, b) => b.created_at.localeCompare(a.created_at), due: (a, b) => due(a).localeCompare(due(b)), priority: (a, b) => ["urgent", "high", "normal", "low"].indexOf(a.priority) - ["urgent", "high", "normal", "low"].indexOf(b.priority) };

function found(query) {
  const asked = Object.fromEntries([...query].filter(([name, value]) => value && !["after", "limit", "view", "sort"].includes(name)));
  const view = query.get("view") ? known(views, query.get("view"), "view") : null;
  return tickets.filter((one) => fits(one, asked) && (!view || fits(one, view.filter))).sort(ORDERS[query.get("sort") ?? view?.sort ?? "updated"]);
}

function change(ticket, patch) {
  if (ticket.status === "closed") throw new Refusal(409, "conflict", "the ticket is closed");
  const changes = Object.entries(patch).filter(([name, to]) => JSON.stringify(to) !== JSON.stringify(ticket[name]?.id ?? ticket[name])).map(([field, to]) => ({ field, from: ticket[field]?.id ?? ticket[field], to }));
  for (const [name, value] of Object.entries(patch)) {
    const source = { assignee: house.users, department: house.departments }[name];
    ticket[name] = source ? (value === null ? null : named(source.find((one) => one.id === value))) : value;
  }
  ticket.updated_at = new Date().toISOString();
  ticket.sla = slaOf(ticket.id, ticket.status);
  if (changes.length > 0) add(ticket, { kind: "change", text: "", changes });
  return ticket;
}

function add(ticket, more) {
  const entries = conversation(ticket);
  const made = { seq: entries.length + 1, id: String(++message), from: { kind: "agent", id: 1, name: house.users[0].name }, uploads: [], changes: [], email: null, client_id: null, at: new Date().toISOString(), ...more };
  entries.push(made);
  ticket.updated_at = made.at;
  return made;
}

const plain = (path, get, set, make) => [
  ["POST", path, ({ body }) => { const one = { id: ++ids, ...make(body) }; set([...get(), one]); return one; }],
  ["PATCH", `${path}/:id`, ({ id, body }) => Object.assign(known(get(), id, "it"), body)],
  ["DELETE", `${path}/:id`, ({ id }) => void set(get().filter((one) => String(one.id) !== id))],
];

export const ticketRoutes = [
  ["GET", "/v1/tickets", ({ query }) => paged(found(query), query)],
  ["POST", "/v1/tickets", ({ body }) => {
    const { text, assignee, department, author, ...rest } = body;
    const ticket = { id: ++ids, number: 1034 + ids, status: assignee ? "open" : "new", priority: "normal", tags: [], ...rest, assignee: assignee ? named(house.users.find((one) => one.id === assignee)) : null, department: department ? named(house.departments.find((one) => one.id === department)) : null, source: "agent", sla: slaOf(3, "new"), unread: false, created_at: new Date().toISOString(), updated_at: new Date().toISOString(), chat: null, follows: null };
    tickets.unshift(ticket);
    conversations.set(ticket.id, []);
    add(ticket, { kind: "public", text, from: author === "staff" ? { kind: "agent", id: 1, name: house.users[0].name } : { kind: "requester", ...ticket.requester } });
    return ticket;
  }],
  ["GET", "/v1/tickets/:id", ({ id }) => find(id)],
  ["PATCH", "/v1/tickets/:id", ({ id, body }) => change(find(id), body)],
  ["PUT", "/v1/tickets/:id/read", ({ id }) => void (find(id).unread = false)],
  ["GET", "/v1/tickets/:id/entries", ({ id, query }) => paged(conversation(find(id)), query)],
  ["POST", "/v1/tickets/:id/entries", ({ id, body }) => {
    const ticket = find(id);
    const again = conversation(ticket).find((one) => one.client_id === body.client_id);
    if (again) return again;
    if (body.text.includes("/fail")) throw new Refusal(503, "unavailable", "the mail server is away");
    const made = add(ticket, { kind: body.public ? "public" : "note", text: body.text, client_id: body.client_id, uploads: (body.uploads ?? []).map((upload) => uploads.get(upload)).filter(Boolean), email: body.public && ticket.requester.email ? { state: "pending", trouble: null } : null });
    const actions = body.macro ? known(macros, String(body.macro), "macro").actions : {};
    const status = body.status ?? actions.status;
    change(ticket, { ...(status ? { status } : {}), ...(actions.priority ? { priority: actions.priority } : {}), ...(actions.assignee ? { assignee: actions.assignee } : {}), ...(actions.tags_add?.length ? { tags: [...new Set([...ticket.tags, ...actions.tags_add])] } : {}) });
    return made;
  }],
  ["GET", "/v1/ticket-views", () => list(views.map((one) => ({ ...one, count: tickets.filter((ticket) => fits(ticket, one.filter)).length })))],
  ...plain("/v1/ticket-views", () => views, (next) => { views = next; }, (body) => ({ own: true, ...body })),
  ["GET", "/v1/ticket-macros", () => list(macros)],
  ...plain("/v1/ticket-macros", () => macros, (next) => { macros = next; }, (body) => body),
  ["GET", "/v1/ticket-settings", () => settings],
  ["PUT", "/v1/ticket-settings", ({ body }) => { settings = { ...body, inbound_hook: settings.inbound_hook }; return settings; }],
];
