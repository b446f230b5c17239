/**
 * Opens every screen against the mock, in both languages, both modes and two sizes; keeps pictures and runs axe.
 *   node scripts/look.mjs [--only desk,history] [--fast] [--out /tmp/look]
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { screens } from "./screens.mjs";

const option = (name, fallback) => (process.argv.includes(`--${name}`) ? (process.argv[process.argv.indexOf(`--${name}`) + 1] ?? true) : fallback);
const fast = process.argv.includes("--fast");
const only = option("only", "").split(",").filter(Boolean);
const out = option("out", "/tmp/look");
const port = 8100 + Math.floor(Math.random() * 800);
const base = `http://127.0.0.1:${port}`;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(out, { recursive: true });

const mock = spawn(process.execPath, [new URL("../mock/server.mjs", import.meta.url).pathname], { env: { ...process.env, PORT: String(port), CALM: "1" }, stdio: ["ignore", "pipe", "inherit"] });
await new Promise((ready) => mock.stdout.once("data", ready));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"] });

const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const combos = fast ? [["zh", "light", "wide"], ["en", "dark", "phone"]] : ["zh", "en"].flatMap((language) => ["light", "dark"].flatMap((theme) => Object.keys(sizes).map((size) => [language, theme, size])));
let bad = 0;

for (const [language, theme, size] of combos) {
  const context = await browser.newContext({ viewport: sizes[size], bypassCSP: true, locale: language === "zh" ? "zh-CN" : "en-GB", timezoneId: "Asia/Shanghai", reducedMotion: "reduce", hasTouch: size === "phone", permissions: ["clipboard-read", "clipboard-write"] });
  await context.addInitScript(([lang, mode]) => localStorage.setItem("switchboard.prefs", JSON.stringify({ state: { theme: mode, language: lang, sound: false, panel: true, site: 1 }, version: 0 })), [language, theme]);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const noise = [];
  page.on("console", (line) => ["error", "warning"].includes(line.type()) && !/Failed to load resource/.test(line.text()) && noise.push(line.text().slice(0, 300)));
  page.on("pageerror", (error) => noise.push(`thrown: ${error.message}`));
  for (const screen of screens) {
    if (only.length > 0 && !only.some((word) => screen.name.startsWith(word))) continue;
    if (screen.sizes && !screen.sizes.includes(size)) continue;
    const name = `${screen.name}.${language}.${theme}.${size}`;
    try {
      await fetch(`${base}/mock?signedIn=${screen.out ? "false" : "true"}&mustSet=${screen.mustSet ? "true" : "false"}&down=${screen.down ? 1 : 0}&permissions=${screen.permissions ?? ""}`);
      const { chats } = await (await fetch(`${base}/mock`)).json();
      const path = typeof screen.path === "function" ? screen.path(chats) : screen.path;
      await page.goto(base + path, { waitUntil: "networkidle" });
      if (screen.act) await screen.act(page, { language, size, base });
      await page.waitForTimeout(350);
      await page.screenshot({ path: `${out}/${name}.png` });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { exclude: ["iframe"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      for (const one of violations) {
        bad += 1;
        console.log(`${name}  ${one.id} (${one.impact})  ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} :: ${node.html.slice(0, 140)} :: ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message?.slice(0, 160)}`).join("\n      ")}`);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 1) { bad += 1; console.log(`${name}  scrolls sideways by ${wide}px`); }
    } catch (error) {
      bad += 1;
      console.log(`${name}  FAILED ${error.message.split("\n")[0]}`);
    }
    for (const line of noise.splice(0)) { bad += 1; console.log(`${name}  console: ${line}`); }
  }
  await context.close();
}
await browser.close();
mock.kill();
console.log(bad === 0 ? "clean" : `${bad} findings`);
process.exit(bad === 0 ? 0 : 1);
