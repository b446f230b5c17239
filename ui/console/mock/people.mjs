/** The people and things of the mock's two sites, in memory. */
import { randomUUID } from "node:crypto";

export const PERMISSIONS = ["answer_chats", "view_visitors", "view_history", "view_all_chats", "manage_widgets", "manage_departments", "manage_users", "manage_roles", "manage_api_keys", "manage_webhooks", "manage_site", "view_events", "manage_events", "manage_integrations", "answer_tickets", "manage_tickets"];

const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

export const house = {
  sites: [
    { id: 1, name: "Harbour Outdoor", time_zone: "Asia/Shanghai", languages: ["zh", "en"], created_at: ago(90_000) },
    { id: 2, name: "海岸书店", time_zone: "Asia/Shanghai", languages: ["zh"], created_at: ago(40_000) },
  ],
  roles: [
    { id: 1, name: "agent", permissions: ["answer_chats", "view_visitors", "view_history"], built_in: "agent" },
    { id: 2, name: "leader", permissions: ["answer_chats", "view_visitors", "view_history", "view_all_chats", "manage_departments"], built_in: "leader" },
    { id: 3, name: "operator", permissions: ["view_visitors", "view_history", "view_all_chats", "manage_widgets", "manage_webhooks"], built_in: "operator" },
    { id: 4, name: "admin", permissions: PERMISSIONS, built_in: "admin" },
    { id: 5, name: "Night shift", permissions: ["answer_chats", "view_history"], built_in: null },
  ],
  users: [
    user(1, "lin@harbour.example", "林晓", 4, [1, 2], 6, 1),
    user(2, "marta@harbour.example", "Marta Olsen", 2, [1], 5, 3),
    user(3, "chen@harbour.example", "陈思远", 1, [2], 4, 12),
    user(4, "amadou@harbour.example", "Amadou Diallo", 1, [1, 3], 5, 55),
    user(5, "yuki@harbour.example", "Yuki Tanaka", 1, [3], 3, 600),
    { ...user(6, "old@harbour.example", "Peter Voss", 3, [], 5, 90_000), disabled: true, accepts_chats: false, seen_at: null },
  ],
  departments: [
    { id: 1, name: "售前咨询", description: "商品、库存与价格", members: [1, 2, 4], is_default: true },
    { id: 2, name: "售后服务", description: "退换货与物流", members: [1, 3], is_default: false },
    { id: 3, name: "International", description: "Orders outside China", members: [4, 5], is_default: false },
  ],
  apiKeys: [
    { id: 1, name: "CRM sync", permissions: ["view_history", "view_visitors"], hint: "sbk_4fA1", created_at: ago(40_000), expires_at: null, used_at: ago(4) },
    { id: 2, name: "报表导出", permissions: ["view_history"], hint: "sbk_9Kd0", created_at: ago(90_000), expires_at: ago(2_000), used_at: null },
  ],
  webhooks: [
    { id: 1, url: "https://crm.harbour.example/hooks/switchboard", events: ["ChatCreated", "Chat.Ended"], enabled: true, description: "写入客户关系系统", created_at: ago(40_000), filter: { Department: ["售前咨询"] }, rate_per_s: 20, schedule: [5, 60, 600, 3600], max_in_flight: 4, algorithm: "v1", disabled_why: null, failing_since: ago(42) },
    { id: 2, url: "https://ops.harbour.example/visitors", events: ["VisitorCreated"], enabled: false, description: "", created_at: ago(9_000), filter: null, rate_per_s: null, schedule: null, max_in_flight: 10, algorithm: "v1a", disabled_why: "nothing worked for five days", failing_since: null },
  ],
  deliveries: [],
  eventTypes: [["VisitorCreated", "A visitor came for the first time", "访客首次到来"], ["ChatCreated", "A visitor asked for a chat", "访客请求会话"], ["Chat.Ended", "A chat ended, with its whole record", "会话结束及完整记录"], ["OfflineMessage.Submit", "A message was left while nobody was there", "离线留言"], ["Visitor.Rating", "A visitor rated a chat", "访客评价"], ["AgentStatus.Log", "An agent's status changed", "客服状态变更"]].map(([name, en, zh]) => ({ name, version: 1, about: { en, zh }, schema: {}, example: {} })),
  sessions: [
    { id: 1, agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36", address: "203.0.113.24", created_at: ago(3_000), seen_at: ago(0), current: true },
    { id: 2, agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1", address: "198.51.100.7", created_at: ago(9_000), seen_at: ago(80), current: false },
    { id: 3, agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) Gecko/20100101 Firefox/145.0", address: "192.0.2.80", created_at: ago(19_000), seen_at: ago(4_000), current: false },
  ],
  widgets: [],
  me: { signedIn: false, totp: false, mustSet: false, superadmin: true, language: null, time_zone: "Asia/Shanghai" },
};

function user(id, email, name, role_id, departments, chat_limit, seen) {
  return { id, email, name, role_id, departments, chat_limit, accepts_chats: true, disabled: false, totp_enabled: false, seen_at: ago(seen), created_at: ago(50_000) };
}

const FIELDS = ["name", "email", "phone", "company", "department", "product_service", "message"];
const HIDDEN = ["phone", "company", "product_service"];
const OWN = [{ id: 4, name: "Order", label: { zh: "订单号", en: "Order number" }, kind: "text", required: false }];
export function config(colour, position) {
  return {
    look: { theme_color: colour, position, offset_x: 24, offset_y: 24, radius: 16, dark: "auto", button_label: true, z_index: 2147483000 },
    texts: { zh: { button: "在线咨询", title: "海港户外", greeting: "您好！想了解哪款装备？" }, en: { button: "Chat", title: "Harbour Outdoor", greeting: "Hello! How can we help?" } },
    language: "auto",
    pre_chat: { enabled: true, fields: FIELDS.map((key) => ({ key, visible: !HIDDEN.includes(key), required: key === "name" })), custom_fields: OWN },
    rating: { enabled: true },
    files: { enabled: true, max_bytes: 10 * 1024 * 1024, types: ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"] },
    allowed_origins: ["https://shop.harbour.example"],
    hide_when_offline: false,
    idle_end_minutes: 30,
  };
}
const snippet = (id) => `<script async src="https://chat.harbour.example/w.js" data-site="1" data-widget="${id}"></script>`;
export const widget = (id, name, colour, position = "right") => ({ id, name, enabled: true, config: config(colour, position), snippet: snippet(id), version: 1 });
house.widgets.push(widget(1, "商店首页", "#1456f0"), { ...widget(2, "Help centre", "#0f766e", "left"), enabled: false, version: 7 });

const kinds = ["delivered", "delivered", "failed", "delivered", "pending", "delivered"];
house.deliveries = Array.from({ length: 23 }, (_, at) => {
  const status = kinds[at % kinds.length];
  const attempts = { delivered: 1, failed: 8, pending: 2 }[status];
  return { id: randomUUID(), webhook: 1, event: randomUUID(), type: at % 2 ? "ChatCreated" : "Chat.Ended", status, attempts, last_status: status === "delivered" ? 200 : 503, next_at: status === "pending" ? ago(-4) : null, created_at: ago(at * 37 + 2) };
});
