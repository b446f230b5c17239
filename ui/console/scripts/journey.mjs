/** One agent's minutes against the mock, by keyboard alone, with cuts on the way. Exits 1 when a promise is broken. */
import { spawn } from "node:child_process";
import { chromium } from "playwright-core";

const port = 8950 + Math.floor(Math.random() * 40);
const base = `http://127.0.0.1:${port}`;
const start = (env) => new Promise((ready) => {
  const child = spawn(process.execPath, [new URL("../mock/server.mjs", import.meta.url).pathname], { env: { ...process.env, PORT: String(port), CALM: "1", ...env }, stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.once("data", () => ready(child));
});
let mock = await start({});
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
await context.addInitScript(() => localStorage.getItem("switchboard.prefs") ?? localStorage.setItem("switchboard.prefs", JSON.stringify({ state: { theme: "light", language: "en", sound: true, panel: true, site: 1 }, version: 0 })));
const page = await context.newPage();
page.setDefaultTimeout(8_000);
page.on("console", (line) => line.type() === "error" && !/Failed to load|WebSocket/.test(line.text()) && console.log("  console:", line.text().slice(0, 200)));
page.on("pageerror", (error) => console.log("  thrown:", error.message));
let broken = 0;
const promise = async (words, run) => {
  try {
    await run();
    console.log(`ok    ${words}`);
  } catch (error) {
    broken += 1;
    await context.setOffline(false);
    console.log(`BROKEN ${words}: ${error.message.split("\n").slice(0, 2).join(" ")}`);
    await page.screenshot({ path: `/tmp/look/broken-${broken}.png` });
  }
};
const must = (truth, words) => { if (!truth) throw new Error(words); };
const press = (keys) => page.keyboard.press(keys);
/** The chat of the address is the one on screen. */
const settled = () => page.waitForFunction(() => document.querySelector('main li a[aria-current="true"]')?.pathname === location.pathname && document.querySelector("textarea"));
const bubbles = (text) => page.locator("[role=log] li", { hasText: text });

await promise("signs in by keyboard", async () => {
  await page.goto(`${base}/`);
  await page.locator("input[type=email]:focus").waitFor();
  await page.keyboard.type("lin@harbour.example");
  await press("Tab");
  await page.keyboard.type("secret-secret");
  await press("Enter");
  await page.waitForURL(/\/desk/);
  await page.getByRole("tablist").waitFor();
});
await promise("the title counts who waits", async () => page.waitForFunction(() => /^\(\d+\) /.test(document.title)));
await promise("Alt+J opens the first chat, then the next", async () => {
  await page.locator("main li a").first().waitFor();
  await press("Alt+KeyJ");
  await page.waitForURL(/\/desk\/.+/);
  await settled();
  const first = page.url();
  await press("Alt+KeyJ");
  await page.waitForFunction((old) => location.href !== old, first);
  await settled();
});
await promise("a draft stays with its chat", async () => {
  await page.locator("textarea").fill("half a thought");
  await press("Alt+KeyK");
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "");
  await press("Alt+KeyJ");
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "half a thought");
  await page.locator("textarea").fill("");
});
await promise("Enter sends, the message is numbered once, delivered and read", async () => {
  await page.locator("textarea").fill("Hello from the keyboard");
  await press("Shift+Enter");
  await page.keyboard.type("second line");
  await press("Enter");
  await bubbles("Hello from the keyboard").waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("[role=log] li")].some((li) => li.textContent.includes("Hello from") && li.querySelector('[data-fate="read"]')));
  must((await bubbles("Hello from the keyboard").count()) === 1, "shown twice");
});
await promise("the visitor's typing is seen before the answer", async () => {
  await page.waitForFunction(() => document.querySelector('[role=log] p[class*="preview"]'), null, { timeout: 10_000 });
  const before = await page.locator("[role=log] li[id]").count();
  await page.waitForFunction((count) => document.querySelectorAll("[role=log] li[id]").length > count, before, { timeout: 10_000 });
});
await promise("a refused message says why, and can be let go", async () => {
  await page.locator("textarea").fill("/fail please");
  await press("Enter");
  await page.getByRole("alert").filter({ hasText: "refused by a filter" }).waitFor();
  await page.getByRole("button", { name: "Discard" }).click();
  must((await bubbles("/fail please").count()) === 0, "still there");
});
await promise("a pasted file goes up and is sent", async () => {
  await page.setInputFiles("input[type=file]", { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
  await bubbles("notes.txt").waitFor();
});
await promise("a cut socket comes back by itself and nothing shows twice", async () => {
  await fetch(`${base}/mock?cut=1`);
  await page.waitForTimeout(300);
  await page.locator("textarea").fill("Said right after the cut");
  await press("Enter");
  await bubbles("Said right after the cut").waitFor();
  await page.waitForTimeout(3_500);
  must((await bubbles("Said right after the cut").count()) === 1, "shown twice");
});
await promise("offline: the message waits, and leaves when the network is back", async () => {
  await context.setOffline(true);
  await fetch(`${base}/mock?cut=1`);
  await page.waitForTimeout(200);
  await page.locator("textarea").fill("Written in a tunnel");
  await press("Enter");
  await page.locator('[data-unsent="waiting"]').waitFor();
  await page.getByText("You are offline").waitFor({ timeout: 6_000 });
  await context.setOffline(false);
  await page.waitForFunction(() => !document.querySelector("[data-unsent]") && document.body.textContent.includes("Written in a tunnel"), null, { timeout: 15_000 });
  must((await bubbles("Written in a tunnel").count()) === 1, "shown twice");
});
await promise("Alt+A accepts the longest waiting", async () => {
  const before = page.url();
  await press("Alt+KeyA");
  await page.waitForFunction((old) => location.href !== old, before);
  await settled();
});
await promise("Alt+E asks, Enter ends", async () => {
  await press("Alt+KeyE");
  await page.getByRole("dialog").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "End" }).focus();
  await press("Enter");
  await page.getByText("This chat has ended.").waitFor();
});
await promise("Ctrl+K jumps", async () => {
  await page.waitForFunction(() => ![...document.querySelectorAll('[role="dialog"]')].some((dialog) => dialog.checkVisibility()));
  await press("Control+KeyK");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("webhooks");
  await press("Enter");
  await page.waitForURL(/webhooks/);
});
await promise("? shows the keys, Escape closes", async () => {
  await page.locator("body").click({ position: { x: 700, y: 700 } });
  await press("Shift+Slash");
  await page.getByText("Keyboard shortcuts").first().waitFor();
  await press("Escape");
});
await promise("the visitor board moves without being asked", async () => {
  mock.kill();
  mock = await start({ CALM: "" });
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("E-mail").fill("a@b.example");
  await page.locator("input[type=password]").fill("x");
  await press("Enter");
  await page.waitForURL(/desk/);
  await press("Alt+KeyV");
  await page.waitForURL(/visitors/);
  const count = () => page.locator("main ul button strong").first().textContent();
  await page.waitForFunction(() => Number(document.querySelector("main ul button strong")?.textContent) > 0);
  const before = await count();
  await page.waitForFunction((old) => document.querySelector("main ul button strong")?.textContent !== old, before, { timeout: 12_000 });
});
await promise("without sockets it polls, and messages still go both ways", async () => {
  mock.kill();
  mock = await start({ NO_SOCKETS: "1" });
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("E-mail").fill("a@b.example");
  await page.locator("input[type=password]").fill("x");
  await press("Enter");
  await page.waitForURL(/desk/);
  await page.waitForRequest(/realtime\/poll/, { timeout: 15_000 });
  await page.locator("main li a").first().waitFor();
  await press("Alt+KeyJ");
  await settled();
  await page.locator("textarea").fill("Over plain requests");
  await press("Enter");
  await bubbles("Over plain requests").waitFor();
  const before = await page.locator("[role=log] li[id]").count();
  await page.waitForFunction((old) => document.querySelectorAll("[role=log] li[id]").length > old, before, { timeout: 15_000 });
  must((await bubbles("Over plain requests").count()) === 1, "shown twice");
});
await browser.close();
mock.kill();
console.log(broken === 0 ? "all kept" : `${broken} broken`);
process.exit(broken === 0 ? 0 : 1);
