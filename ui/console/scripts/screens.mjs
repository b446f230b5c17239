/** Every screen, and how to come to it. */
const open = (chats) => chats.filter((chat) => chat.status === "chatting")[1]?.id;
const waiting = (chats) => chats.filter((chat) => chat.status === "waiting")[0]?.id;
const click = (name, role = "button") => async (page) => page.getByRole(role, { name }).first().click();

export const screens = [
  { name: "signin", path: "/sign-in", out: true },
  { name: "signin-wrong", path: "/sign-in", out: true, act: async (page) => {
    await page.locator("input[type=email]").fill("lin@harbour.example");
    await page.locator("input[type=password]").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
  } },
  { name: "signin-totp", path: "/sign-in", out: true, act: async (page) => {
    await page.locator("input[type=email]").fill("totp@harbour.example");
    await page.locator("input[type=password]").fill("right");
    await page.keyboard.press("Enter");
    await page.locator("[autocomplete=one-time-code]").waitFor();
  } },
  { name: "link", path: "/link#inv_123", out: true },
  { name: "setpassword", path: "/set-password", mustSet: true },
  { name: "desk", path: "/desk" },
  { name: "desk-chat", path: (chats) => `/desk/${open(chats)}`, act: async (page, { base }) => { await fetch(`${base}/mock?type=${encodeURIComponent("可以到店")}`); } },
  { name: "desk-queue", path: (chats) => `/desk/${waiting(chats)}`, act: async (page, { size }) => { if (size === "wide") await page.locator("#tab-queue").click(); } },
  { name: "desk-info", path: (chats) => `/desk/${open(chats)}?info=1`, sizes: ["phone"] },
  { name: "desk-transfer", path: (chats) => `/desk/${open(chats)}`, act: click(/(转接|Transfer)$/) },
  { name: "desk-end", path: (chats) => `/desk/${open(chats)}`, act: click(/(结束|End)$/) },
  { name: "desk-denied", path: "/desk", permissions: "view_visitors", act: async (page, { base }) => { await page.goto(`${base}/desk`); await page.waitForTimeout(300); } },
  { name: "desk-down", path: "/desk", act: async (page, { base }) => { await fetch(`${base}/mock?down=1`); await page.reload(); await page.waitForTimeout(2500); } },
  { name: "palette", path: "/desk", act: async (page) => { await page.keyboard.press("Control+KeyK"); await page.getByRole("listbox").waitFor(); } },
  { name: "shortcuts", path: "/desk", act: async (page) => { await page.keyboard.press("Shift+Slash"); await page.getByRole("dialog").waitFor(); } },
  { name: "account", path: "/desk", act: async (page) => { await page.locator("nav button").last().click(); await page.getByRole("menu").first().waitFor(); } },
  { name: "visitors", path: "/visitors" },
  { name: "visitors-one", path: "/visitors?status=chatting", act: async (page) => { await page.locator("main table button, main li button:not([aria-pressed])").first().click(); await page.waitForTimeout(500); } },
  { name: "history", path: "/history" },
  { name: "history-found", path: "/history?q=ridge", act: async (page, { size }) => { await page.locator("main ul a").first().click(); await page.locator("h2").first().waitFor(); } },
  { name: "history-none", path: "/history?q=zzzz" },
  { name: "tickets", path: "/tickets" },
  { name: "tickets-none", path: "/tickets?q=zzzz" },
  { name: "tickets-new", path: "/tickets", act: async (page) => { await click(/(新建工单|New ticket)$/)(page); await page.getByRole("dialog").waitFor(); } },
  { name: "ticket", path: "/tickets/2", act: async (page) => { await page.locator("main article").first().waitFor(); } },
  { name: "ticket-note", path: "/tickets/6", act: async (page) => { await page.getByRole("radio").nth(1).click(); await page.locator("main textarea").fill("A word among ourselves"); } },
  { name: "ticket-info", path: "/tickets/2", sizes: ["phone"], act: async (page) => { await click(/^(属性|Properties)$/)(page); await page.getByRole("dialog").waitFor(); } },
  { name: "macros", path: "/settings/macros" },
  { name: "macros-edit", path: "/settings/macros", act: async (page) => { await click(/^(编辑|Edit)$/)(page); await page.getByRole("dialog").waitFor(); } },
  { name: "ticketrules", path: "/settings/ticket-rules" },
  { name: "settings", path: "/settings" },
  { name: "widgets", path: "/settings/widgets" },
  { name: "widget-look", path: "/settings/widgets/1", act: async (page) => { await page.waitForTimeout(1200); } },
  { name: "widget-texts", path: "/settings/widgets/1", act: click(/(文字|Texts)$/, "tab") },
  { name: "widget-form", path: "/settings/widgets/1", act: click(/(聊前表单|Form)$/, "tab") },
  { name: "widget-rules", path: "/settings/widgets/1", act: click(/(规则|Rules)$/, "tab") },
  { name: "departments", path: "/settings/departments" },
  { name: "users", path: "/settings/users" },
  { name: "users-add", path: "/settings/users", act: click(/(邀请用户|Invite user)$/) },
  { name: "roles", path: "/settings/roles" },
  { name: "apikeys", path: "/settings/api-keys" },
  { name: "apikeys-add", path: "/settings/api-keys", act: click(/(新建密钥|New key)$/) },
  { name: "webhooks", path: "/settings/webhooks" },
  { name: "webhook", path: "/settings/webhooks/1", act: async (page) => { await page.locator("table button[aria-expanded], .ant-table-row-expand-icon").nth(2).click(); await page.waitForTimeout(400); } },
  { name: "webhook-edit", path: "/settings/webhooks/1", act: async (page) => { await click(/^(编辑|Edit)$/)(page); await page.getByRole("dialog").waitFor(); } },
  { name: "webhook-many", path: "/settings/webhooks/1", act: async (page) => { await click(/^(批量重发|Send many again)$/)(page); await page.getByRole("dialog").waitFor(); } },
  { name: "integrations", path: "/settings/integrations" },
  { name: "integration", path: "/settings/integrations/salesforce", act: async (page) => { await click(/^(测试连接|Test connection)$/)(page); await page.locator("main ol").first().waitFor(); } },
  { name: "integration-bad", path: "/settings/integrations/zendesk", act: async (page) => { await click(/^(测试连接|Test connection)$/)(page); await page.locator("main ol").first().waitFor(); } },
  { name: "integration-new", path: "/settings/integrations/email", act: async (page) => { await page.getByRole("switch").first().click(); } },
  { name: "events", path: "/settings/events" },
  { name: "events-none", path: "/settings/events/explorer?key=nothing" },
  { name: "explorer", path: "/settings/events/explorer" },
  { name: "event", path: "/settings/events/explorer", act: async (page) => { await page.locator("tbody a").nth(2).click(); await page.locator("main ol").first().waitFor(); } },
  { name: "deadletters", path: "/settings/events/dead-letters", act: async (page) => { await page.locator(".ant-table-row-expand-icon").first().click(); await page.locator("main pre").first().waitFor(); } },
  { name: "deadletters-replay", path: "/settings/events/dead-letters?queue=Chat.Ended.Salesforce", act: async (page) => { await click(/(重放这些|Replay these)$/)(page); await page.getByRole("dialog").waitFor(); } },
  { name: "replays", path: "/settings/events/replays" },
  { name: "subscriptions", path: "/settings/events/subscriptions" },
  { name: "subscriptions-edit", path: "/settings/events/subscriptions", act: async (page) => { await page.getByRole("button", { name: /^(编辑|Edit)$/ }).first().click(); await page.getByRole("dialog").waitFor(); } },
  { name: "sites", path: "/settings/sites" },
  { name: "me", path: "/me" },
  { name: "me-totp", path: "/me", act: click(/(开启两步验证|Turn on two-step sign-in)$/) },
];
