/** The pipeline of the mock: queues that move, an archive, dead letters, replays, subscriptions, alarms. */
import { randomUUID } from "node:crypto";
import { house } from "./people.mjs";
import { ago, list, missing, paged, Refusal } from "./refusal.mjs";

const CONSUMERS = ["Persistence", "Webhook", "Email", "Ticket", "Salesforce", "Zendesk"];
const TYPES = house.eventTypes.map(({ name }) => name);
const CHATS = Array.from({ length: 9 }, () => randomUUID());
const paused = new Set(["Chat.Ended.Zendesk"]);
const queueOf = (type, consumer) => `${type}.${consumer}`;

const SUMMARIES = { VisitorCreated: "上海 · Chrome 142", ChatCreated: "王雨桐 → 售前咨询", "Chat.Ended": "Emma Clarke · Marta Olsen · 7:12", "OfflineMessage.Submit": "李浩然：发票可以补开吗？", "Visitor.Rating": "★ 5", "AgentStatus.Log": "林晓: online" };

let events = Array.from({ length: 130 }, (_, at) => ({ id: `0198f3a2-${String(at).padStart(4, "0")}-7000-8000-${randomUUID().slice(24)}`, type: TYPES[(at * 5) % TYPES.length], site: 1, key: CHATS[at % CHATS.length], at: new Date(Date.now() - at * 173_000 - 5_000).toISOString(), summary: SUMMARIES[TYPES[(at * 5) % TYPES.length]] }));

let letters = Array.from({ length: 14 }, (_, at) => {
  const type = at % 3 ? "Chat.Ended" : "OfflineMessage.Submit";
  const [consumer, cause] = [["Webhook", "https://crm.harbour.example answered 500 eight times"], ["Salesforce", "REQUIRED_FIELD_MISSING: Subject is required on Case"], ["Email", "smtp: 550 5.1.1 mailbox does not exist"]][at % 3];
  const from = events[at * 4 + 2];
  return { id: at + 1, queue: queueOf(type, consumer), type, event: from.id, key: from.key, cause, attempts: 8, first_at: ago(at * 190 + 100), dead_at: ago(at * 190 + 42) };
});

const data = (type, consumer, depth, rate, oldest = null) => ({ queue: queueOf(type, consumer), role: "data", broker: "data", messages: depth, held: Math.min(8, depth), oldest_ms: oldest, in_per_s: rate, out_per_s: rate, parked: depth > 100 ? 12 : 0 });
const QUEUES = [
  { queue: "events", role: "events", broker: "main", messages: 3, held: 3, oldest_ms: 80, in_per_s: 212, out_per_s: 212, parked: 0 },
  { queue: "events", role: "events", broker: "remote", messages: 0, held: 0, oldest_ms: null, in_per_s: 0, out_per_s: 0, parked: 0 },
  ...CONSUMERS.map((consumer, at) => data("Chat.Ended", consumer, [0, 240, 2, 0, 1, 61][at], [6.4, 5.1, 6.4, 6.4, 6.2, 0][at], [null, 71_000, 400, null, 900, 3_900_000][at])),
  data("ChatCreated", "Webhook", 0, 7.1), data("VisitorCreated", "Webhook", 4, 84.3, 210), data("OfflineMessage.Submit", "Ticket", 0, 0.3),
];
const wobble = (value) => (value > 1 && !process.env.STILL ? Math.max(0, Math.round(value * (0.92 + Math.random() * 0.16) * 10) / 10) : value);

const level = "yellow";
function pipeline() {
  return {
    level,
    level_why: level === "green" ? [] : ["Chat.Ended.Webhook: 71 s > 10 s"],
    brokers: [
      { name: "main", roles: ["main"], kind: "rabbitmq", ok: false, trouble: "connection refused by rabbit-1.internal:5672, trying again in 4 s" },
      { name: "remote", roles: ["remote"], kind: "kafka", ok: true, trouble: null },
      { name: "data", roles: ["data"], kind: "embedded", ok: true, trouble: null },
    ],
    outbox: { waiting: 17, oldest_ms: 340, publishing_to: "remote" },
    queues: QUEUES.map((one) => ({ ...one, in_per_s: wobble(one.in_per_s), out_per_s: wobble(one.out_per_s), messages: Math.round(wobble(one.messages)), dead_letters: letters.filter(({ queue }) => queue === one.queue).length, paused: paused.has(one.queue) })),
    subscriptions: { wanted: 14, applied: [{ node: "node-a", version: 14, at: ago(3) }, { node: "node-b", version: 13, at: ago(9) }] },
  };
}

let subscriptions = [
  { id: 1, pattern: "*", queue: "Archive.Persistence", site: null, filter: null, enabled: true, built_in: true, state: "active", trouble: null, version: 1 },
  ...CONSUMERS.slice(1).map((consumer, at) => ({ id: at + 2, pattern: "Chat.Ended", queue: queueOf("Chat.Ended", consumer), site: null, filter: null, enabled: consumer !== "Zendesk", built_in: true, state: consumer === "Zendesk" ? "paused" : "active", trouble: null, version: 3 })),
  { id: 20, pattern: "Visitor.Rating", queue: "Ratings.Dashboard", site: 1, filter: { Grade: [1, 2] }, enabled: true, built_in: false, state: "failed", trouble: "the data broker refused the queue: PRECONDITION_FAILED, inequivalent arg 'x-queue-type'", version: 12 },
  { id: 21, pattern: "Chat.*", queue: "Chats.Warehouse", site: 1, filter: null, enabled: false, built_in: false, state: "draining", trouble: null, version: 14 },
];
let ids = 30;
let version = 14;

let replays = [
  { id: 2, filter: { types: ["Chat.Ended"], from: ago(600), to: ago(60) }, queues: [queueOf("Chat.Ended", "Salesforce")], state: "running", done: 320, count: 2_140, rate_per_s: 100, started_at: ago(1), ended_at: null },
  { id: 1, filter: { from: ago(9_000), to: ago(7_000) }, queues: [queueOf("Chat.Ended", "Webhook"), queueOf("ChatCreated", "Webhook")], state: "done", done: 812, count: 812, rate_per_s: null, started_at: ago(5_000), ended_at: ago(4_980) },
  { id: 0, filter: { types: ["OfflineMessage.Submit"], key: CHATS[2], from: ago(19_000), to: ago(17_000) }, queues: [queueOf("OfflineMessage.Submit", "Ticket")], state: "cancelled", done: 4, count: 30, rate_per_s: 1, started_at: ago(15_000), ended_at: ago(14_980) },
];
setInterval(() => {
  for (const one of replays) {
    if (one.state !== "running") continue;
    one.done = Math.min(one.count, one.done + (process.env.CALM ? 1 : one.rate_per_s ?? 500));
    if (one.done === one.count) Object.assign(one, { state: "done", ended_at: new Date().toISOString() });
  }
}, 1000).unref();

const between = (at, from, to) => (!from || at >= from) && (!to || at <= to);
const fits = (one, { queue, type, from, to } = {}) => (!queue || one.queue === queue) && (!type || one.type === type) && between(one.dead_at, from, to);
const asked = (query) => Object.fromEntries([...query].filter(([, value]) => value));

function path(event) {
  const start = Date.parse(event.at);
  const at = (ms) => new Date(start + ms).toISOString();
  const letter = letters.find((one) => one.event === event.id);
  const lane = (consumer, steps) => steps.map(([step, ms, more]) => ({ step, queue: queueOf(event.type, consumer), at: at(ms), ...more }));
  return [
    { step: "announced", at: event.at, detail: "node-a" },
    { step: "archived", at: at(14), detail: null },
    ...lane("Webhook", [["copied", 11], ["retried", 5_011, { attempts: 2, detail: "https://crm.harbour.example answered 503" }], ["delivered", 35_300, { attempts: 3, detail: "https://crm.harbour.example/hooks/switchboard answered 200" }], ["handled", 35_310, { attempts: 3 }]]),
    ...lane("Email", [["copied", 11], ["handled", 240, { attempts: 1, detail: "transcript sent to emma.clarke@mail.example" }]]),
    ...(letter ? lane("Salesforce", [["copied", 11], ["dead", 3_600_000, { attempts: 8, detail: letter.cause }]]) : lane("Salesforce", [["copied", 11]])),
  ];
}
const envelope = (one) => ({ id: one.id ?? one.event, name: one.type, version: 1, site: 1, key: one.key, key_epoch: 0, key_seq: 4, occurred_at: one.at ?? one.first_at, producer: "node-a", route: "main", hops: 1, payload: { SiteId: 1, ChatGuid: one.key, Visitor: { Name: "Emma Clarke", Email: "emma.clarke@mail.example", Country: "GB" }, Agents: [{ Id: 2, Name: "Marta Olsen" }], StartTime: one.at ?? one.first_at, Messages: [{ From: "visitor", Text: "Hi! Do you ship to Norway?" }, { From: "agent", Text: "Yes, we do! It usually takes three to five working days." }], Rating: null } });
const known = (items, id, what) => items.find((one) => String(one.id) === id) ?? (() => { throw missing(what); })();

const retention = { default_days: 30, days: null, types: { VisitorCreated: 7 } };

export const pipelineRoutes = [
  ["GET", "/v1/event-queues", () => pipeline()],
  ["PUT", "/v1/event-queues/:queue", ({ queue, body }) => void (body.paused ? paused.add(queue) : paused.delete(queue))],
  ["GET", "/v1/event-retention", () => retention],
  ["PUT", "/v1/event-retention", ({ body }) => Object.assign(retention, body)],
  ["GET", "/v1/events/types", () => list(house.eventTypes)],
  ["GET", "/v1/events", ({ query }) => paged(events.filter((one) => (!query.get("type") || one.type === query.get("type")) && (!query.get("key") || one.key === query.get("key")) && (!query.get("id") || one.id === query.get("id")) && between(one.at, query.get("from"), query.get("to"))), query)],
  ["GET", "/v1/events/:id", ({ id }) => { const one = known(events, id, "event"); return { event: envelope(one), path: path(one) }; }],
  ["GET", "/v1/dead-letters", ({ query }) => paged(letters.filter((one) => fits(one, asked(query))), query)],
  ["POST", "/v1/dead-letters/replay", ({ body }) => many(body)],
  ["POST", "/v1/dead-letters/drop", ({ body }) => many(body)],
  ["GET", "/v1/dead-letters/:id", ({ id }) => { const one = known(letters, id, "dead letter"); return { ...one, causes: [{ at: one.first_at, why: "timed out after 10 s" }, { at: one.dead_at, why: one.cause }], envelope: envelope(one) }; }],
  ["POST", "/v1/dead-letters/:id/replay", ({ id }) => void (letters = letters.filter((one) => String(one.id) !== id))],
  ["DELETE", "/v1/dead-letters/:id", ({ id }) => void (letters = letters.filter((one) => String(one.id) !== id))],
  ["GET", "/v1/event-replays", () => list(replays)],
  ["POST", "/v1/event-replays", ({ body }) => {
    const count = events.filter((one) => (!body.filter.types || body.filter.types.includes(one.type)) && between(one.at, body.filter.from, body.filter.to)).length;
    if (body.filter.to <= body.filter.from) throw new Refusal(400, "invalid", "the time ends before it begins", "filter");
    if (body.dry_run) return { count };
    const replay = { id: ++ids, filter: body.filter, queues: body.queues, state: "running", done: 0, count, rate_per_s: body.rate_per_s ?? null, started_at: new Date().toISOString(), ended_at: null };
    replays = [replay, ...replays];
    return { replay };
  }],
  ["DELETE", "/v1/event-replays/:id", ({ id }) => void Object.assign(known(replays, id, "replay"), { state: "cancelled", ended_at: new Date().toISOString() })],
  ["GET", "/v1/event-subscriptions", () => list(subscriptions)],
  ["POST", "/v1/event-subscriptions", ({ body }) => {
    if (/\s/.test(body.queue)) throw new Refusal(400, "invalid", "a queue's name holds no blanks", "queue");
    const made = { id: ++ids, built_in: false, state: body.enabled ? "declaring" : "paused", trouble: null, version: ++version, ...body };
    subscriptions = [...subscriptions, made];
    setTimeout(() => made.state === "declaring" && Object.assign(made, { state: "active" }), 1_200);
    return made;
  }],
  ["PATCH", "/v1/event-subscriptions/:id", ({ id, body }) => {
    const one = Object.assign(known(subscriptions, id, "subscription"), body, { version: ++version, trouble: null });
    one.state = one.enabled ? "active" : "paused";
    return one;
  }],
  ["DELETE", "/v1/event-subscriptions/:id", ({ id }) => void (subscriptions = subscriptions.filter((one) => String(one.id) !== id))],
  ["GET", "/v1/event-notices", () => list([
    { id: 1, level: "red", kind: "broker_down", text_key: "broker_down", data: { name: "main" }, since: ago(6), until: null },
    { id: 2, level: "yellow", kind: "queue_old", text_key: "queue_old", data: { queue: "Chat.Ended.Webhook", oldest_ms: 71_000 }, since: ago(2), until: null },
    { id: 3, level: "yellow", kind: "endpoint_disabled", text_key: "endpoint_disabled", data: { url: "https://ops.harbour.example/visitors" }, since: ago(300), until: ago(30) },
  ])],
];

function many({ filter, dry_run }) {
  const hit = letters.filter((one) => fits(one, filter));
  if (!dry_run) letters = letters.filter((one) => !hit.includes(one));
  return { count: hit.length };
}
