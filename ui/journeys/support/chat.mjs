// The two sides of a chat in a browser: a visitor with the widget, an agent with the console; and somebody's shop that carries the snippet.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { signIn } from './house.mjs'

/** Signed in, with a password, online, with room for `limit` chats at a time. */
export async function hire(house, { limit = 20 } = {}) {
  const agent = await signIn(house)
  await agent.call('PUT', '/v1/me/password', { new: randomBytes(12).toString('hex') })
  const { items } = await agent.call('GET', '/v1/users')
  await agent.call('PATCH', `/v1/users/${items[0].id}`, { name: 'Lin Wei', chat_limit: limit, accepts_chats: true })
  await agent.call('PUT', '/v1/desk/status', { status: 'online' })
  return agent
}

/** The console in a browser of its own, at the agent's desk. */
export async function openConsole(browser, base, agent, { path = '/desk', ...options } = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, ...options })
  const [name, value] = agent.cookie.split('=')
  await context.addCookies([{ name, value, url: base }])
  await context.addInitScript(() => {
    if (!localStorage.getItem('switchboard.prefs')) localStorage.setItem('switchboard.prefs', JSON.stringify({ state: { theme: 'light', language: 'en', sound: true, panel: true, site: 1 }, version: 0 }))
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.thrown = watchErrors(page)
  await page.goto(base + path)
  await page.getByRole('navigation').first().waitFor()
  return page
}

/** Every exception and every refusal by a policy on this page. */
export function watchErrors(page) {
  const thrown = []
  page.on('pageerror', (error) => thrown.push(error.message))
  page.on('console', (line) => { if (/Content Security Policy|TrustedScript/i.test(line.text())) thrown.push(line.text()) })
  return thrown
}

/** A page of the shop in a browser of its own. */
export async function openShop(browser, url, options = {}) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1100, height: 760 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.thrown = watchErrors(page)
  await page.goto(url)
  return page
}

const shopFiles = new URL('../../demo/', import.meta.url)
const kinds = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }

/**
 * Somebody else's shop, on its own origin (localhost, where the server is 127.0.0.1) and with its own policy:
 * the demo's pages under /demo/, a bare page everywhere else.
 */
export async function startShop(base, { csp, nonce, body = '' } = {}) {
  const mark = nonce ? ` nonce="${nonce}"` : ''
  const bare = `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>Host shop</title><script async${mark} src="${base}/w.js" data-site="1" data-widget="1"></script></head><body><main><h1>Host</h1><p>Text</p>${body}</main></body></html>`
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname
    const name = path.startsWith('/demo/') ? path.slice(6) || 'index.html' : null
    const file = name ? await readFile(new URL(name, shopFiles)).catch(() => null) : Buffer.from(bare)
    if (!file) return response.writeHead(404).end()
    const kind = kinds[(name ?? 'bare.html').split('.').pop()]
    response.writeHead(200, { 'content-type': kind, ...(csp && { 'content-security-policy': csp }) })
    response.end(kind.startsWith('text/html') ? String(file).replace('src="/w.js"', `src="${base}/w.js"`) : file)
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const url = `http://localhost:${server.address().port}/`
  return { url, demo: url + 'demo/', stop: () => { server.closeAllConnections(); server.close() } }
}

/** What a visitor does with the widget. */
export function widget(page) {
  const box = {
    page,
    button: page.locator('switchboard-chat button.b'),
    panel: page.locator('switchboard-chat .sb'),
    write: page.locator('.write'),
    /** The bubbles of messages, by either side, with exactly this text. */
    said: (text) => page.locator('[role=log] .msg', { has: page.getByText(text, { exact: true }) }),
    /** All texts in the order they are shown. */
    texts: () => page.locator('[role=log] .msg p.bubble').allTextContents(),
    async open() {
      await box.button.click()
      await box.panel.waitFor()
    },
    async fill({ name = 'Mei Chen', email = 'mei@example.com', message } = {}) {
      await page.locator('.form').waitFor()
      for (const [key, value] of Object.entries({ name, email, message })) {
        const field = page.locator(`.form [name="${key}"]`)
        if (value !== undefined && (await field.count())) await field.fill(value)
      }
    },
    /** From nothing to a chat with `message` as the first thing said. */
    async start(form = {}) {
      await box.open()
      await box.fill(form)
      await page.locator('.form button.primary').click()
      await box.write.waitFor()
    },
    async say(text) {
      await box.write.fill(text)
      await box.write.press('Enter')
    },
    /** The fate of one's own message: sent, delivered or read. */
    fate: (text, fate) => box.said(text).locator(`.tick.${fate}`).waitFor(),
    /** The server has it. */
    arrived: (text) => box.said(text).locator('.tick:is(.sent, .delivered, .read)').waitFor(),
    async end() {
      await page.getByRole('button', { name: 'End chat' }).first().click()
      await page.locator('.pair').getByRole('button', { name: 'End chat' }).click()
    },
  }
  return box
}

/** What an agent does at the desk. */
export function desk(page) {
  const box = {
    page,
    row: (name) => page.locator('main li', { hasText: name }),
    async pick(name) {
      await box.row(name).getByRole('link').first().click()
      await page.locator('textarea').waitFor()
    },
    async say(text) {
      await page.locator('textarea').fill(text)
      await page.locator('textarea').press('Enter')
    },
    said: (text) => page.locator('[role=log] li[id]', { has: page.getByText(text, { exact: true }) }),
    texts: () => page.locator('[role=log] li[id] p[dir=auto]').allTextContents(),
  }
  return box
}
