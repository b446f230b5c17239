// What the widget promises to host pages, checked in a real browser against the stand-in server. Development only.
//   node mock/journeys.mjs [part of a name]
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { startMock } from './server.mjs';

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
const noForm = { pre_chat: { enabled: false, fields: [] } };
let failed = 0;

function demand(ok, text) {
  if (!ok) throw new Error(text);
}

async function journey(name, run, options = {}) {
  if (process.argv[2] && !name.includes(process.argv[2])) return;
  const mock = await startMock({ speed: 150, config: noForm, ...options.mock });
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1100, height: 760 }, ...options.context });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (e) => errors.push(e.message));
  page.on('console', (m) => /Content Security Policy|TrustedScript/i.test(m.text()) && errors.push(m.text()));
  try {
    await run({ mock, page, context });
    demand(!errors.length, 'errors on the page: ' + errors.join(' | '));
    console.log('ok   ', name);
  } catch (error) {
    failed++;
    console.log('FAIL ', name, '\n      ', error.message.split('\n').slice(0, 6).join('\n       '), errors.slice(0, 3).join('\n'));
  }
  await context.close();
  mock.stop();
}

/** Somebody else's shop, on its own origin and with its own policy. */
async function hostPage(mock, { csp, body = '', nonce } = {}) {
  const attributes = nonce ? ` nonce="${nonce}"` : '';
  const server = createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...(csp && { 'Content-Security-Policy': csp }) });
    response.end(`<!doctype html><html lang="en"><head><title>Host</title><script async${attributes} src="${mock.origin}/w.js" data-site="1" data-widget="1"></script></head><body><h1>Host</h1><p>Text</p>${body}</body></html>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://localhost:${server.address().port}/`, stop: () => server.close() };
}

const button = (page) => page.locator('switchboard-chat button.b');
const say = async (page, text) => {
  await page.fill('.write', text);
  await page.keyboard.press('Enter');
};
const startChat = async (page, text = 'hello') => {
  await button(page).click();
  await page.locator('.write').waitFor();
  await say(page, text);
  await page.locator('.msg.their').first().waitFor();
};
const texts = (page) => page.locator('.bubble:not(.hello)').allTextContents();

await journey('two requests before intent, and no socket', async ({ mock, page }) => {
  const seen = [];
  page.on('request', (r) => /w\.js|widget|panel|ws/.test(r.url()) && seen.push(r.url()));
  await page.goto(mock.origin + '/demo/');
  await button(page).waitFor();
  await page.waitForTimeout(1500);
  demand(seen.length === 2, 'requests: ' + seen.join(' '));
  demand(!mock.log.some((l) => l.startsWith('WS')), 'a socket was opened');
});

await journey('no layout shift', async ({ mock, page }) => {
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) { window.shift += e.value; window.moved = [...(window.moved ?? []), ...e.sources.map((s) => JSON.stringify([s.previousRect, s.currentRect]))]; } })).observe({ type: 'layout-shift', buffered: true });
  });
  const host = await hostPage(mock);
  await page.goto(host.url);
  await button(page).waitFor();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await startChat(page);
  demand((await page.evaluate(() => window.shift)) === 0, 'moved: ' + (await page.evaluate(() => window.moved)));
  demand(height === (await page.evaluate(() => document.documentElement.scrollHeight)), 'the page grew');
  host.stop();
});

await journey('strict policy of the host page', async ({ mock, page }) => {
  const ws = mock.origin.replace('http', 'ws');
  const csp = `default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src ${mock.origin} ${ws}; style-src 'none'; require-trusted-types-for 'script'; trusted-types switchboard`;
  const host = await hostPage(mock, { csp, nonce: 'abc' });
  await page.goto(host.url);
  await startChat(page);
  const box = await page.locator('.sb').boundingBox();
  demand(box.width > 380 && box.x > 600, 'not styled: ' + JSON.stringify(box));
  host.stop();
});

await journey('a policy that names the origin only', async ({ mock, page }) => {
  const host = await hostPage(mock, { csp: mock.strictCsp });
  await page.goto(host.url);
  await startChat(page);
  host.stop();
});

await journey('no token in any address', async ({ mock, page }) => {
  const urls = [];
  page.on('request', (r) => urls.push(r.url()));
  page.on('websocket', (w) => urls.push(w.url()));
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  demand(urls.length > 5 && !urls.some((u) => u.includes('sbv_')), 'token seen: ' + urls.find((u) => u.includes('sbv_')));
});

await journey('a second copy of the snippet does nothing', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await button(page).waitFor();
  await page.evaluate(() => {
    const tag = document.createElement('script');
    tag.src = '/w.js';
    tag.dataset.site = tag.dataset.widget = '1';
    document.head.append(tag);
  });
  await page.waitForTimeout(500);
  demand((await page.locator('switchboard-chat').count()) === 1, 'two buttons');
  demand(mock.log.filter((l) => l.includes('visits')).length === 1, 'two visits');
});

await journey('navigation of a single-page application is told', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/spa.html');
  await button(page).waitFor();
  const bodies = [];
  page.on('request', (r) => r.url().endsWith('/widget/pages') && bodies.push(r.postDataJSON().page));
  await page.click('[data-item=bowl]');
  await page.waitForTimeout(600);
  await page.goBack();
  await page.waitForTimeout(600);
  demand(bodies.length === 2 && bodies[0].url.endsWith('item=bowl') && bodies[0].title.includes('Bowls') && bodies[0].referrer.endsWith('spa.html'), JSON.stringify(bodies));
});

await journey('a body that is replaced does not lose the button', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await button(page).waitFor();
  await page.evaluate(() => (document.body = document.createElement('body')));
  await button(page).waitFor();
});

await journey('two tabs show the same chat', async ({ mock, page, context }) => {
  const second = await context.newPage();
  await page.goto(mock.origin + '/demo/');
  await second.goto(mock.origin + '/demo/product.html');
  await button(second).waitFor();
  await page.bringToFront();
  await startChat(page, 'from the first');
  await second.bringToFront();
  await button(second).click();
  await second.locator('.msg.their').first().waitFor();
  await say(second, 'from the second');
  await page.locator('.bubble', { hasText: /^from the second$/ }).waitFor();
  demand((await texts(second)).filter((t) => t === 'from the first').length === 1, 'not once: ' + (await texts(second)));
});

await journey('works without any storage', async ({ mock, page }) => {
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: () => { throw new DOMException('denied', 'SecurityError'); } });
  });
  const host = await hostPage(mock);
  await page.goto(host.url);
  await startChat(page);
  host.stop();
});

await journey('a chat goes on after a reload, and the panel stays open', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page, 'before');
  await page.goto(mock.origin + '/demo/product.html');
  await page.locator('.bubble', { hasText: /^before$/ }).waitFor();
  await say(page, 'after');
  await page.locator('.bubble', { hasText: 'You said: after' }).waitFor();
});

await journey('a message written without a line survives a reload and is sent once', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  mock.settings.sockets = false;
  mock.settings.reachable = false;
  mock.cut();
  await say(page, 'kept');
  await page.locator('.icon-clock').waitFor();
  mock.settings.reachable = true;
  mock.settings.sockets = true;
  await page.reload();
  await page.locator('.bubble', { hasText: 'You said: kept' }).waitFor();
  demand((await texts(page)).filter((t) => t === 'kept').length === 1, 'shown: ' + (await texts(page)));
  demand(mock.chat().entries.filter((e) => e.text === 'kept').length === 1, 'stored twice');
});

await journey('cuts lose nothing and show nothing twice', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  for (let i = 0; i < 6; i++) {
    await say(page, 'line ' + i);
    if (i % 2) mock.cut();
    await page.waitForTimeout(120);
  }
  await page.waitForFunction(() => document.querySelector('switchboard-chat').shadowRoot.querySelectorAll('.msg.their').length >= 7, null, { timeout: 20000 });
  const own = (await page.locator('.own .bubble').allTextContents()).filter((t) => t.startsWith('line'));
  demand(own.join() === [0, 1, 2, 3, 4, 5].map((i) => 'line ' + i).join(), own.join());
});

await journey('a hole in the numbers is fetched', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  await say(page, '/hole');
  await page.locator('.bubble', { hasText: 'only see this by asking' }).waitFor();
});

await journey('a lost token begins anew without noise', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  mock.visitors.clear();
  mock.cut();
  await page.locator('.own').waitFor({ state: 'detached' });
  await say(page, 'again');
  await page.locator('.bubble', { hasText: 'You said: again' }).waitFor();
});

await journey('the agent ends, the visitor rates by keyboard', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  await say(page, '/end');
  await page.locator('.stars').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Tab');
  await page.keyboard.type('kind');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Thank you for your rating').waitFor();
  demand(mock.chat().rating.grade === 3 && mock.chat().rating.comment === 'kind', JSON.stringify(mock.chat().rating));
  await page.reload();
  await button(page).waitFor();
});

await journey('when the chat is over the visitor has it sent to himself', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  await say(page, '/end');
  await page.getByText('Send me this chat by email').click();
  await page.locator('#sb-mail').fill('ada@nowhere');
  await page.keyboard.press('Enter');
  await page.getByText('Please enter a valid email address').waitFor();
  await page.locator('#sb-mail').fill('ada@mail.example');
  await page.keyboard.press('Enter');
  await page.getByText('It is on its way to ada@mail.example').waitFor();
  demand(mock.chat().mailed === 'ada@mail.example', String(mock.chat().mailed));
});

await journey('keyboard alone: open, write, close, focus comes back', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/cart.html');
  await button(page).focus();
  await page.keyboard.press('Enter');
  await page.locator('.write:focus').waitFor();
  demand((await button(page).getAttribute('aria-expanded')) === 'true', 'not expanded');
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await page.locator('.msg.their').first().waitFor();
  demand((await page.locator('.write:focus').count()) === 1, 'focus was lost when the chat began');
  await page.keyboard.press('Escape');
  await page.locator('.sb').waitFor({ state: 'hidden' });
  await page.locator('switchboard-chat .b:focus').waitFor();
});

await journey('unread messages stand on the button and go when read', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  await say(page, 'wait for it');
  await button(page).click();
  await page.locator('.n:not([hidden])').waitFor();
  demand((await page.title()) === 'Kiln & Leaf', 'the title was touched');
  await button(page).click();
  await page.waitForTimeout(500);
  demand(mock.chat().marks.visitor.read > 0, 'not marked as read');
  await button(page).click();
  demand((await page.locator('.n:not([hidden])').count()) === 0, 'still unread');
});

await journey('typing is told at most once a second, with its text', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  mock.log.length = 0;
  await page.locator('.write').pressSequentially('a longer thought', { delay: 120 });
  await page.waitForTimeout(1100);
  const typing = mock.log.filter((l) => l.includes('"typing"'));
  demand(typing.length >= 2 && typing.length <= 4 && typing.at(-1).includes('a longer thought'), typing.join('\n'));
});

await journey('agents who left meanwhile: the form says so', async ({ mock, page }) => {
  mock.settings.chatsAnswerOffline = true;
  await page.goto(mock.origin + '/demo/');
  await button(page).click();
  await page.fill('#sb-name', 'Ada');
  await page.click('.form .primary');
  await page.getByText('Nobody is here at the moment').waitFor();
}, { mock: { config: { pre_chat: { enabled: true, fields: [{ key: 'name', visible: true, required: true }] } } } });

await journey('an error of the server stands at its field', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await button(page).click();
  await page.fill('#sb-email', 'wrong@example.com');
  await page.click('.form .primary');
  await page.locator('#sb-email[aria-invalid=true][aria-describedby]').waitFor();
}, { mock: { config: { pre_chat: { enabled: true, fields: [{ key: 'email', visible: true, required: true }] } } } });

await journey('hidden when nobody is there, if the site wants it so', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await page.waitForTimeout(800);
  demand(!(await button(page).isVisible().catch(() => false)), 'the button shows');
}, { mock: { online: false, config: { hide_when_offline: true } } });

await journey('the step back closes on a phone and leaves the page where it was', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await page.goto(mock.origin + '/demo/spa.html?item=cup');
  await button(page).click();
  await page.locator('.sb').waitFor();
  await page.waitForTimeout(200);
  demand((await page.evaluate(() => getComputedStyle(document.documentElement).overflow)) === 'hidden', 'the page scrolls behind');
  await page.goBack();
  await page.locator('.sb').waitFor({ state: 'hidden' });
  demand(page.url().endsWith('item=cup'), page.url());
  await button(page).click();
  await page.locator('.sb').waitFor();
  await page.waitForTimeout(200);
  await page.locator('.head .tool').last().click();
  await page.locator('.sb').waitFor({ state: 'hidden' });
  await page.waitForTimeout(300);
  demand((await page.evaluate(() => getComputedStyle(document.documentElement).overflow)) !== 'hidden', 'the page stays fixed');
  await page.goBack();
  demand(page.url().endsWith('/demo/'), page.url());
}, { context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } });

await journey('markup, directions and a million characters do no harm', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await startChat(page);
  const nasty = ['<img src=x onerror=alert(1)>', '\u202eevil\u202c \u200b\u200b', 'שלום abc', 'x'.repeat(1e6)];
  for (const text of nasty) mock.chat().add('message', { kind: 'agent', id: 7, name: '<b>Lena</b>' }, text);
  await page.locator('.bubble', { hasText: 'onerror' }).waitFor();
  const wide = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector('switchboard-chat');
    const thread = shadowRoot.querySelector('.thread');
    return [thread.scrollWidth > thread.clientWidth, shadowRoot.querySelectorAll('.bubble img, .bubble b').length];
  });
  demand(wide.join() === 'false,0', 'too wide or executed: ' + wide);
});

await journey('a form asks what the site wants, and a file goes with a message that finds nobody', async ({ mock, page }) => {
  await page.goto(mock.origin + '/demo/');
  await button(page).click();
  const send = page.getByRole('button', { name: 'Send message' });
  await send.click();
  await page.locator('#sb-custom_9[aria-invalid=true]').waitFor();
  demand((await page.evaluate(() => document.querySelector('switchboard-chat').shadowRoot.activeElement.id)) === 'sb-email', 'the first field at fault was not reached');
  await page.getByLabel('Company').fill('Engines');
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByLabel('Plan').selectOption('Gold');
  await page.getByLabel('I agree').check();
  await page.getByLabel('How can we help?').fill('Call me');
  await page.getByLabel('Attachment').setInputFiles({ name: 'bad.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('no') });
  await page.getByText('bad.exe: this type of file is not accepted').waitFor();
  await page.getByLabel('Attachment').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('yes') });
  await send.click();
  await page.getByText('Your message has been sent').waitFor();
  const [{ form, message, attachment }] = mock.asked;
  demand(JSON.stringify(form) === JSON.stringify({ company: 'Engines', email: 'ada@example.com', custom_2: 'Gold', custom_9: 'true' }), 'asked: ' + JSON.stringify(form));
  demand(message === 'Call me' && /^[0-9a-f-]{36}$/.test(attachment), 'sent: ' + attachment);
}, { mock: { online: false, config: { pre_chat: { enabled: true, fields: [{ key: 'company', visible: true }, { key: 'message', visible: true }], custom_fields: [{ id: 2, name: 'Plan', kind: 'choice', choices: ['Gold', 'Silver'] }, { id: 9, name: 'Terms', label: { zh: '', en: 'I agree' }, kind: 'checkbox', required: true }] } } } });

await journey('the preview draws what it is told and asks nobody', async ({ mock, page }) => {
  const seen = [];
  page.on('request', (r) => seen.push(r.url()));
  await page.goto(mock.origin + '/preview.html');
  await page.locator('.sb').waitFor();
  await page.evaluate(() => window.postMessage({ switchboardPreview: { language: 'zh', look: { theme_color: '#0a7d4f', position: 'left' }, texts: { zh: { title: '茶室客服' } } }, screen: 'waiting' }, location.origin));
  await page.getByText('茶室客服').first().waitFor();
  await page.locator('.waiting').waitFor();
  demand((await page.locator('.sb').boundingBox()).x < 100, 'not on the left');
  demand(!seen.some((u) => /widget|ws/.test(new URL(u).pathname)), seen.join(' '));
});

await browser.close();
console.log(failed ? `${failed} failed` : 'all well');
process.exit(failed ? 1 : 0);
