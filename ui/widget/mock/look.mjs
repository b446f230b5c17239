// Walks through the widget in a real browser, takes pictures and runs axe on each screen. Development only.
//   node mock/look.mjs [folder for the pictures]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { crc32, deflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { startMock } from './server.mjs';

const out = process.argv[2] ?? '/tmp/widget-look';
mkdirSync(out, { recursive: true });
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
let findings = 0;

/** A small picture with a slope of colours, made here so that no file is needed. */
function picture(width = 320, height = 200) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows.set([180 - y / 2, 90 + x / 4, 60 + y / 2], y * (width * 3 + 1) + 1 + x * 3);
  const part = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const whole = Buffer.alloc(body.length + 8);
    whole.writeUInt32BE(data.length, 0);
    body.copy(whole, 4);
    whole.writeUInt32BE(crc32(body), body.length + 4);
    return whole;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), part('IHDR', head), part('IDAT', deflateSync(rows)), part('IEND', Buffer.alloc(0))]);
}
const pixels = picture();


const cases = [
  { name: 'en-light', locale: 'en-US', scheme: 'light', size: [1280, 800] },
  { name: 'zh-dark', locale: 'zh-CN', scheme: 'dark', size: [1280, 800] },
  { name: 'zh-phone', locale: 'zh-CN', scheme: 'light', size: [390, 844], touch: true },
  { name: 'en-phone-dark', locale: 'en-US', scheme: 'dark', size: [390, 844], touch: true },
  { name: 'en-yellow-left', locale: 'en-US', scheme: 'light', size: [1280, 720], look: { theme_color: '#ffd400', position: 'left', button_label: true } },
  { name: 'en-zoom', locale: 'en-US', scheme: 'light', size: [640, 360] },
];

for (const it of cases.filter((c) => !process.argv[3] || c.name === process.argv[3])) {
  const mock = await startMock({ speed: 400, config: { look: it.look ?? {}, pre_chat: { enabled: true, fields: [{ key: 'name', visible: true, required: true }, { key: 'email', visible: true, required: true }, { key: 'department', visible: true }, { key: 'product_service', visible: true, choices: ['Tea', 'Teapots'] }, { key: 'message', visible: true }], custom_fields: [{ id: 4, name: 'Order', label: { zh: '订单号', en: 'Order number' } }, { id: 9, name: 'Terms', label: { zh: '我同意隐私条款', en: 'I agree to how my data is used' }, kind: 'checkbox', required: true }] } } });
  const page = await browser.newPage({ locale: it.locale, colorScheme: it.scheme, viewport: { width: it.size[0], height: it.size[1] }, hasTouch: !!it.touch, isMobile: !!it.touch, deviceScaleFactor: it.touch ? 2 : 1 });
  page.on('pageerror', (e) => console.log(it.name, 'page error:', e.message));
  page.on('console', (m) => m.type() === 'error' && console.log(it.name, 'console:', m.text()));
  const shot = async (step) => {
    await page.waitForTimeout(350);
    await page.screenshot({ path: `${out}/${it.name}-${step}.png` });
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => window.axe.run({ include: [['switchboard-chat']] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    for (const v of violations) {
      findings++;
      console.log(it.name, step, 'axe:', v.id, v.nodes.map((n) => JSON.stringify(n.target) + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')).join(' | '));
    }
  };
  const zh = it.locale.startsWith('zh');
  await page.goto(mock.origin + '/demo/');
  const button = page.locator('switchboard-chat button.b');
  await button.waitFor();
  await shot('0-button');
  await button.click();
  await page.locator('.sb').waitFor();
  await shot('1-form');
  await page.locator('.form .primary').click();
  await shot('2-errors');
  await page.fill('#sb-name', zh ? '王小明' : 'Ada Lovelace');
  await page.fill('#sb-email', 'ada@example.com');
  await page.selectOption('#sb-department', '1');
  await page.check('#sb-custom_9');
  await page.fill('#sb-message', zh ? '你好，这把茶壶能寄到香港吗？' : 'Hi! Do you ship the teapot to Norway?');
  await page.locator('.form .primary').click();
  await page.locator('.waiting').waitFor();
  await shot('3-waiting');
  await page.locator('.msg.their').first().waitFor({ timeout: 15000 });
  await page.fill('.write', zh ? '详情见 https://example.com/茶壶 ，谢谢！' : 'See https://example.com/teapot?x=1. And <b>markup</b> stays text.');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(300);
  await page.locator('.composer input[type=file]').setInputFiles([{ name: 'cup.png', mimeType: 'image/png', buffer: pixels }, { name: 'notes\u202efdp.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') }, { name: 'bad.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('no') }]);
  await page.waitForTimeout(1600);
  await shot('4-chat');
  mock.cut();
  mock.settings.sockets = false;
  mock.settings.reachable = false;
  await page.fill('.write', zh ? '断网时写的消息' : 'Written while the line was down');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(3500);
  await shot('5-lost');
  mock.settings.reachable = true;
  await page.waitForFunction((n) => document.querySelector('switchboard-chat').shadowRoot.querySelectorAll('.tick .icon-clock').length === 0, null, { timeout: 40000 });
  await page.waitForTimeout(1500);
  await shot('6-polling');
  await page.locator('.head .tool').first().click();
  await shot('7-end');
  await page.locator('.after .primary').click();
  await page.locator('.stars').waitFor();
  await page.locator('.star').nth(3).click();
  await shot('8-rate');
  await page.locator('.rating .primary').click();
  await shot('9-rated');
  await page.locator('.after .primary').click();
  mock.settings.online = false;
  await page.evaluate(() => history.pushState({}, '', '?elsewhere'));
  await page.waitForTimeout(900);
  await shot('a-offline');
  if (await page.locator('#sb-name').count()) await page.fill('#sb-name', 'Ada');
  await page.fill('#sb-email', 'ada@example.com');
  await page.fill('#sb-message', 'Call me');
  await page.check('#sb-custom_9');
  await page.setInputFiles('#sb-attachment', { name: 'cup.png', mimeType: 'image/png', buffer: pixels });
  await page.locator('.form .primary').click();
  await page.locator('.medal').waitFor();
  await shot('b-sent');
  await page.close();
  mock.stop();
  console.log(it.name, 'seen');
}
await browser.close();
console.log(findings ? `${findings} findings of axe` : 'axe: no finding', '- pictures in', out);
process.exit(findings ? 1 : 0);
