// The chat, as a visitor and an agent live it: widget and console in a real browser against the real server.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { axe, startBrowser } from './support/browser.mjs'
import { desk, hire, openConsole, openShop, startShop, widget } from './support/chat.mjs'
import { startHouse, until } from './support/house.mjs'

const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
let house, browser, agent, shop, consolePage
const opened = []

/** A visitor's browser that is closed after the test. */
async function visit(url = shop.url, options = {}) {
  const page = await openShop(browser, url, options)
  opened.push(page)
  return widget(page)
}
/** The console's window, the same for all tests, as a person has it open all day. */
async function atDesk(name) {
  const box = desk(consolePage)
  if (!consolePage.url().includes('/desk')) await consolePage.goto(house.url + '/desk')
  if (name) await box.pick(name)
  return box
}
const running = async () => {
  const { chats, queue } = await agent.call('GET', '/v1/desk')
  return [...chats, ...queue]
}
const chatOf = (name) => until(async () => (await running()).find((card) => card.visitor.name === name), 10_000, `no chat of ${name}`)
const entriesOf = async (chat) => (await agent.call('GET', `/v1/chats/${chat}/messages?after_seq=0&limit=200`)).items
/** Once it has come to rest, axe finds nothing in the widget. */
async function isClean({ page }, where) {
  await page.evaluate(() => Promise.all(document.querySelector('switchboard-chat').shadowRoot.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {}))))
  assert.deepEqual(await axe(page), [], where)
}
const patience = (limit) => until(async () => {
  const { items } = await agent.call('GET', '/v1/users')
  await agent.call('PATCH', `/v1/users/${items[0].id}`, { chat_limit: limit })
  return (await agent.call('GET', '/v1/desk')).me.chat_limit === limit
}, 10_000, 'the limit was not taken')

before(async () => {
  house = await startHouse()
  browser = await startBrowser()
  agent = await hire(house)
  shop = await startShop(house.url)
})
after(async () => {
  await browser?.close()
  shop?.stop()
  await house?.stop()
})
afterEach(async () => {
  for (const page of opened.splice(0)) {
    const { thrown } = page
    await page.context().close()
    assert.deepEqual(thrown, [], 'something was thrown on the visitor\'s page')
  }
  for (const card of await running()) await agent.call('POST', `/v1/chats/${card.id}/end`)
})

describe('before a chat', () => {
  test('nobody is there: a message is left and stands in the history', async () => {
    await agent.call('PUT', '/v1/desk/status', { status: 'offline' })
    const v = await visit(shop.demo)
    await v.open()
    await v.page.getByRole('heading', { name: 'Nobody is here at the moment' }).waitFor()
    await v.page.getByRole('button', { name: 'Send message' }).click()
    await v.page.getByText('Please fill in this field').first().waitFor()
    await v.fill({ name: 'Left Behind', message: 'Call me about the celadon bowl' })
    await v.page.getByRole('button', { name: 'Send message' }).click()
    await v.page.getByText('Your message has been sent').waitFor()
    const { items } = await agent.call('GET', '/v1/chats?q=celadon')
    assert.equal(items.length, 1)
    await agent.call('PUT', '/v1/desk/status', { status: 'online' })
  })

  test('a site asks what it wants to know, and a file goes with a message that finds nobody', async () => {
    const [{ id }] = (await agent.call('GET', '/v1/widgets')).items
    const custom_fields = [{ id: 4, name: 'Order', label: { zh: '订单号', en: 'Order number' }, required: true }, { id: 9, name: 'Terms', label: { zh: '我同意', en: 'I agree' }, kind: 'checkbox', required: true }]
    await agent.call('PATCH', `/v1/widgets/${id}`, { config: { pre_chat: { fields: [{ key: 'company' }, { key: 'product_service', choices: ['Teapots', 'Bowls'] }], custom_fields } } })
    await agent.call('PUT', '/v1/desk/status', { status: 'offline' })
    const v = await visit(shop.demo)
    await v.open()
    const send = v.page.getByRole('button', { name: 'Send message' })
    await v.page.getByLabel('Company').fill('Kilns Ltd')
    await v.page.getByLabel('Product or service').selectOption('Bowls')
    await v.page.getByLabel('Email').fill('kiln@example.com')
    await v.page.getByLabel('How can we help?').fill('The drawing of the jianyao bowl')
    await v.page.getByLabel('Attachment').setInputFiles({ name: 'bowl.png', mimeType: 'image/png', buffer: dot })
    await send.click()
    assert.equal(await v.page.getByText('Please fill in this field').count(), 2)
    await v.page.getByLabel('Order number').fill('A-17')
    await v.page.getByLabel('I agree').check()
    await send.click()
    await v.page.getByText('Your message has been sent').waitFor()
    const [left] = (await agent.call('GET', '/v1/chats?q=jianyao')).items
    assert.deepEqual([left.form.company, left.form.product_service], ['Kilns Ltd', 'Bowls'])
    assert.deepEqual(left.custom_fields, [{ id: 4, name: 'Order', value: 'A-17' }, { id: 9, name: 'Terms', value: 'true' }])
    const [first] = await entriesOf(left.id)
    assert.equal(first.upload.name, 'bowl.png')
    assert.deepEqual(Buffer.from(await (await fetch(house.url + first.upload.url)).arrayBuffer()), dot)
    await agent.call('PATCH', `/v1/widgets/${id}`, { config: { pre_chat: null } })
    await agent.call('PUT', '/v1/desk/status', { status: 'online' })
  })

  test('a shop page makes two requests and moves nothing until somebody wants to talk', async () => {
    const v = await visit('about:blank')
    await v.page.addInitScript(() => {
      window.moved = []
      new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.moved.push(e.value) }).observe({ type: 'layout-shift', buffered: true })
    })
    const ours = []
    const all = []
    v.page.on('request', (request) => { all.push(request.url()); if (request.url().startsWith(house.url)) ours.push(new URL(request.url()).pathname) })
    v.page.on('websocket', (socket) => { all.push(socket.url()); ours.push(socket.url()) })
    await v.page.goto(shop.url)
    await v.button.waitFor()
    await v.page.waitForLoadState('networkidle')
    assert.deepEqual(ours, ['/w.js', '/widget/visits'])
    const height = await v.page.evaluate(() => document.documentElement.scrollHeight)
    await v.start({ name: 'Two Requests' })
    await v.page.waitForFunction(() => performance.getEntriesByType('resource').length > 3)
    assert.deepEqual(await v.page.evaluate(() => window.moved), [])
    assert.equal(await v.page.evaluate(() => document.documentElement.scrollHeight), height)
    assert.deepEqual(all.filter((url) => url.includes('sbv_')), [], 'a token stood in an address')
    assert.deepEqual((await v.page.context().cookies()).filter((cookie) => cookie.domain.includes('127.0.0.1')), [], 'the widget set a cookie')
  })

  test('an older loader that names a panel of before gets the one of today', async () => {
    const panel = await fetch(`${house.url}/panel/0123456789abcdef.js`)
    assert.equal(panel.status, 200)
    assert.match(panel.headers.get('cache-control'), /no-cache/)
    assert.match(await panel.text(), /__switchboardPanel/)
    assert.equal((await fetch(`${house.url}/panel/..%2f..%2fpackage.json`)).status, 404)
    assert.equal((await fetch(`${house.url}/panel/nothing.js`)).status, 404)
  })
})

describe('a chat from the first look to the transcript', () => {
  test('the board shows the visitor live: page, browser, referrer, visits', async () => {
    consolePage = await openConsole(browser, house.url, agent, { path: '/visitors' })
    await consolePage.locator('main').waitFor()
    const v = await visit('about:blank')
    await v.page.goto(shop.demo + 'product.html', { referer: 'https://search.example/?q=tea' })
    await v.button.waitFor()
    const row = consolePage.locator('main tbody tr', { hasText: 'search.example' })
    await row.waitFor()
    const text = await row.innerText()
    assert.match(text, /Browsing/)
    assert.match(text, /Chrome/)
    assert.match(text, /Linux/)
    assert.equal(await row.locator('a').first().getAttribute('href'), shop.demo + 'product.html')
    assert.deepEqual(await row.locator('td.sb-num').first().allInnerTexts(), ['1'])
  })

  test('waiting says the place, and the place that becomes free is given', async () => {
    await patience(1)
    const first = await visit()
    await first.start({ name: 'First In Line', message: 'me first' })
    await first.page.getByText('Lin Wei joined the chat').waitFor()
    const second = await visit()
    await second.start({ name: 'Second In Line' })
    await second.page.getByText('You are next in line').waitFor()
    const third = await visit()
    await third.start({ name: 'Third In Line' })
    await third.page.getByText('You are number 2 in line').waitFor()
    await agent.call('POST', `/v1/chats/${(await chatOf('First In Line')).id}/end`)
    await second.page.getByText('Lin Wei joined the chat').waitFor()
    await third.page.getByText('You are next in line').waitFor()
    await third.page.getByRole('button', { name: 'Cancel' }).click()
    await third.page.getByText('This chat has ended').first().waitFor()
    await patience(20)
  })

  test('both write, see typing and marks; the visitor ends and rates; the transcript is found in both languages', async () => {
    await consolePage.goto(house.url + '/settings')
    await consolePage.locator('main').click({ position: { x: 5, y: 5 } })
    await consolePage.evaluate(() => {
      window.tones = 0
      const made = AudioContext.prototype.createOscillator
      AudioContext.prototype.createOscillator = function () { window.tones++; return made.call(this) }
    })
    await consolePage.keyboard.press('Shift')
    const v = await visit(shop.demo)
    await v.start({ name: 'Mei Chen', message: '你好，青瓷碗还有货吗？' })
    await v.page.getByText('Lin Wei joined the chat').waitFor()
    await consolePage.waitForFunction(() => /^\(\d+\) /.test(document.title))
    await consolePage.waitForFunction(() => window.tones > 0)

    await consolePage.getByRole('link', { name: /Desk/ }).first().click()
    const d = await atDesk('Mei Chen')
    await d.said('你好，青瓷碗还有货吗？').waitFor()
    await v.fate('你好，青瓷碗还有货吗？', 'read')
    await v.write.pressSequentially('half a thou')
    await consolePage.locator('[class*=preview]', { hasText: 'half a thou' }).waitFor()
    await v.write.fill('')
    await consolePage.locator('[class*=preview]').waitFor({ state: 'detached' })
    await consolePage.locator('textarea').pressSequentially('We')
    await v.page.getByText('Lin Wei is typing').waitFor()
    await d.say('We fired forty of them last week')
    await v.said('We fired forty of them last week').waitFor()
    await d.said('We fired forty of them last week').locator('[data-fate=read]').waitFor()

    // A closed window counts what is unread; the agent sees delivered, not read.
    await v.page.getByRole('button', { name: 'Close chat window' }).click()
    await d.say('Are you still there?')
    await v.page.getByRole('button', { name: /1 unread/ }).waitFor()
    await d.said('Are you still there?').locator('[data-fate=delivered]').waitFor()
    await v.button.click()
    await d.said('Are you still there?').locator('[data-fate=read]').waitFor()
    await v.say('Yes, one please')
    await v.fate('Yes, one please', 'read')
    const shown = ['你好，青瓷碗还有货吗？', 'We fired forty of them last week', 'Are you still there?', 'Yes, one please']
    assert.deepEqual(await v.texts(), shown)
    assert.deepEqual(await d.texts(), shown)

    await v.end()
    await consolePage.getByText('This chat has ended').waitFor()
    // The question survives a change of the page.
    await v.page.goto(shop.demo + 'cart.html')
    await v.page.getByText('How was this chat?').waitFor()
    await v.page.getByLabel('5 stars, excellent').check({ force: true })
    await v.page.getByPlaceholder('Anything you would like to add?').fill('Quick and kind')
    await v.page.getByRole('button', { name: 'Send rating' }).click()
    await v.page.getByText('Thank you for your rating.').waitFor()
    await v.page.reload()
    await v.page.locator('.form').waitFor()

    for (const words of ['青瓷', 'fired forty']) {
      await consolePage.goto(`${house.url}/history`)
      await consolePage.getByLabel('Search messages, names, e-mails').fill(words)
      await consolePage.locator('main li a', { hasText: 'Mei Chen' }).click()
      await consolePage.locator('mark', { hasText: words.split(' ')[0] }).first().waitFor()
      await consolePage.getByText('Quick and kind').first().waitFor()
    }
  })

  test('pictures and files go both ways', async () => {
    const v = await visit(shop.demo)
    await v.start({ name: 'File Friend', message: 'here it comes' })
    const d = await atDesk('File Friend')
    await v.page.setInputFiles('switchboard-chat input[type=file]', [{ name: 'cup.png', mimeType: 'image/png', buffer: dot }, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('for you 你好') }])
    await d.page.getByRole('img', { name: 'cup.png' }).waitFor()
    await d.page.waitForFunction(() => document.querySelector('img[alt="cup.png"]')?.naturalWidth === 1)
    const link = d.page.locator('[role=log]').getByRole('link', { name: /notes\.txt/ })
    const got = await d.page.request.get(house.url + new URL(await link.getAttribute('href'), house.url).pathname)
    assert.equal(await got.text(), 'for you 你好')
    assert.match(got.headers()['content-disposition'], /attachment/)
    assert.match(got.headers()['content-security-policy'], /sandbox/)
    await d.page.setInputFiles('input[type=file]', [{ name: 'bill.png', mimeType: 'image/png', buffer: dot }, { name: 'terms.txt', mimeType: 'text/plain', buffer: Buffer.from('terms') }])
    await v.page.getByRole('link', { name: /terms\.txt/ }).waitFor()
    const picture = v.page.getByRole('link', { name: 'Open picture bill.png' }).locator('img')
    await picture.waitFor()
    await until(() => picture.evaluate((img) => img.naturalWidth === 1), 10_000, 'the picture never came')
  })

  test('the agent ends it; a new chat asks less', async () => {
    const v = await visit()
    await v.start({ name: 'Second Time', message: 'first' })
    const d = await atDesk('Second Time')
    await d.page.getByRole('button', { name: 'End', exact: true }).click()
    await d.page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click()
    await v.page.getByText('How was this chat?').waitFor()
    await v.page.getByRole('button', { name: 'Start a new chat' }).click()
    assert.equal(await v.page.locator('.form [name=name]').inputValue(), 'Second Time')
    assert.equal(await v.page.locator('.form [name=message]').inputValue(), '')
    await v.page.getByRole('button', { name: 'Start chat' }).click()
    await v.page.getByText('Lin Wei joined the chat').waitFor()
    assert.deepEqual(await v.texts(), [])
  })
})

describe('every visitor', () => {
  test('by keyboard alone, from the button to the rating', async () => {
    const v = await visit()
    await v.button.waitFor()
    const { keyboard } = v.page
    const focused = () => v.page.evaluate(() => {
      const at = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement
      return at?.name || at?.getAttribute('aria-label') || at?.textContent?.trim() || ''
    })
    const walkTo = async (wanted, key = 'Tab') => {
      for (let i = 0; i < 15; i++) {
        if (wanted.test(await focused())) return
        await keyboard.press(key)
      }
      assert.fail(`${wanted} was not reached; the focus is at ${await focused()}`)
    }
    await walkTo(/^Chat with us/)
    await keyboard.press('Enter')
    await v.page.locator('.form').waitFor()
    await until(async () => (await focused()) === 'name', 5_000, 'the first field has no focus')
    await keyboard.type('Keyboard Kay')
    await walkTo(/^message$/)
    await keyboard.type('no mouse here')
    await walkTo(/^Start chat$/)
    await keyboard.press('Enter')
    await v.page.getByText('Lin Wei joined the chat').waitFor()
    await walkTo(/^Write a message/)
    await keyboard.type('line one')
    await keyboard.press('Shift+Enter')
    await keyboard.type('line two')
    await keyboard.press('Enter')
    await v.arrived('line one\nline two')
    await keyboard.press('Escape')
    await v.panel.waitFor({ state: 'hidden' })
    assert.match(await focused(), /^Chat with us/)
    await keyboard.press('Enter')
    await v.panel.waitFor()
    await walkTo(/^End chat$/, 'Shift+Tab')
    await keyboard.press('Enter')
    await v.page.locator('.pair button.primary:focus').waitFor()
    await keyboard.press('Enter')
    await v.page.getByText('How was this chat?').waitFor()
    await walkTo(/^1 star|^sb-grade/)
    await keyboard.press('ArrowRight')
    await keyboard.press('ArrowRight')
    await walkTo(/^Send rating$/)
    await keyboard.press('Enter')
    await v.page.getByText('Thank you for your rating.').waitFor()
  })

  test('under a strict policy with a nonce and trusted types', async () => {
    const csp = `default-src 'none'; script-src 'nonce-c2hvcA'; connect-src ${house.url} ${house.url.replace('http', 'ws')}; img-src ${house.url} blob:; style-src 'none'; require-trusted-types-for 'script'; trusted-types switchboard`
    const strict = await startShop(house.url, { csp, nonce: 'c2hvcA' })
    const v = await visit(strict.url)
    await v.start({ name: 'Strict Shop', message: 'hello' })
    const chat = await chatOf('Strict Shop')
    await agent.call('POST', `/v1/chats/${chat.id}/messages`, { client_id: crypto.randomUUID(), text: 'welcome' })
    await v.said('welcome').waitFor()
    await v.page.setInputFiles('switchboard-chat input[type=file]', { name: 'cup.png', mimeType: 'image/png', buffer: dot })
    await v.page.getByRole('link', { name: 'Open picture cup.png' }).waitFor()
    const box = await v.panel.boundingBox()
    assert.ok(box.width > 300 && box.width < 500, `not styled: ${JSON.stringify(box)}`)
    strict.stop()
  })

  test('with cookies and storage of third parties blocked, and then with none at all', async () => {
    const blocked = await visit('about:blank')
    const line = await blocked.page.context().newCDPSession(blocked.page)
    await line.send('Network.enable')
    await line.send('Network.setCookieControls', { enableThirdPartyCookieRestriction: true, disableThirdPartyCookieMetadata: true, disableThirdPartyCookieHeuristics: true })
    await blocked.page.goto(shop.url)
    await blocked.start({ name: 'Third Party', message: 'before the reload' })
    await blocked.arrived('before the reload')
    await blocked.page.reload()
    await blocked.said('before the reload').waitFor()

    const v = await visit('about:blank')
    await v.page.addInitScript(() => {
      const denied = { get() { throw new DOMException('denied', 'SecurityError') }, set() { throw new DOMException('denied', 'SecurityError') } }
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) Object.defineProperty(window, name, denied)
      Object.defineProperty(document, 'cookie', denied)
    })
    await v.page.goto(shop.url)
    await v.start({ name: 'Storage Free', message: 'kept nowhere' })
    const chat = await chatOf('Storage Free')
    await agent.call('POST', `/v1/chats/${chat.id}/messages`, { client_id: crypto.randomUUID(), text: 'still works' })
    await v.said('still works').waitFor()
    for (const { page } of [blocked, v]) assert.deepEqual(await page.context().cookies(), [])
  })

  test('navigation inside an application moves the board, and the chat stays', async () => {
    await consolePage.goto(house.url + '/visitors')
    const v = await visit(shop.demo + 'spa.html')
    await v.start({ name: 'Single Page', message: 'looking around' })
    const row = consolePage.locator('main tbody tr', { hasText: 'Single Page' })
    await row.getByText('Chatting').waitFor()
    await v.page.locator('[data-item=bowl]').click()
    await row.getByRole('link', { name: /Bowls/ }).waitFor()
    assert.match(await row.getByRole('link', { name: /Bowls/ }).getAttribute('href'), /item=bowl/)
    await v.page.goBack()
    await row.getByRole('link', { name: /Catalogue|Teapots/ }).waitFor()
    assert.deepEqual(await v.texts(), ['looking around'])
  })

  test('two tabs are one chat', async () => {
    const one = await visit(shop.demo)
    const second = await one.page.context().newPage()
    await second.goto(shop.demo + 'product.html')
    const two = widget(second)
    await two.button.waitFor()
    await one.start({ name: 'Two Tabs', message: 'from the first' })
    await two.button.click()
    await two.said('from the first').waitFor()
    await two.say('from the second')
    await one.said('from the second').waitFor()
    await one.said('from the second').locator('.tick').waitFor()
    const chat = await chatOf('Two Tabs')
    await agent.call('POST', `/v1/chats/${chat.id}/messages`, { client_id: crypto.randomUUID(), text: 'to both' })
    for (const tab of [one, two]) {
      await tab.said('to both').waitFor()
      assert.deepEqual(await tab.texts(), ['from the first', 'from the second', 'to both'])
    }
    assert.equal((await running()).filter((card) => card.visitor.name === 'Two Tabs').length, 1)
    await two.end()
    await one.page.getByText('How was this chat?').waitFor()
  })

  test('double clicks do a thing once', async () => {
    const v = await visit()
    await v.button.dblclick({ delay: 5 })
    // The second press may have closed what the first one opened; then one more opens it.
    const form = v.page.locator('.form')
    for (let press = 0; press < 6 && !(await form.isVisible()); press++) {
      if (press > 0) await v.button.click()
      await form.waitFor({ timeout: 2000 }).catch(() => {})
    }
    await v.fill({ name: 'Double Click', message: 'once' })
    await v.page.getByRole('button', { name: 'Start chat' }).dblclick()
    await v.page.getByText('Lin Wei joined the chat').waitFor()
    await v.write.fill('sent once')
    await v.page.getByRole('button', { name: 'Send', exact: true }).dblclick()
    await v.arrived('sent once')
    const { items } = await agent.call('GET', '/v1/chats?q=' + encodeURIComponent('Double Click'))
    assert.equal(items.length, 1)
    const said = (await entriesOf(items[0].id)).filter((entry) => entry.kind === 'message').map((entry) => entry.text)
    assert.deepEqual(said, ['once', 'sent once'])
    await v.page.getByRole('button', { name: 'End chat' }).first().click()
    await v.page.locator('.pair').getByRole('button', { name: 'End chat' }).dblclick()
    await v.page.getByText('How was this chat?').waitFor()
    assert.equal((await entriesOf(items[0].id)).filter((entry) => entry.kind === 'ended').length, 1)
  })

  test('on a telephone the window fills the screen and can be left', async () => {
    const v = await visit(shop.demo, { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 })
    await v.button.tap()
    await v.fill({ name: 'Pocket', message: 'from the bus' })
    await v.page.getByRole('button', { name: 'Start chat' }).tap()
    await v.write.waitFor()
    const box = await v.panel.boundingBox()
    assert.deepEqual([box.x, box.y, box.width, Math.round(box.height)], [0, 0, 390, 780])
    assert.ok(await v.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page grew wider')
    await v.page.getByRole('button', { name: 'Close chat window' }).tap()
    await v.panel.waitFor({ state: 'hidden' })
    await v.button.waitFor()
  })

  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing, ${colorScheme}`, async () => {
      const v = await visit(shop.url, { colorScheme })
      await v.button.waitFor()
      const clean = (where) => isClean(v, where)
      await clean('button')
      await v.open()
      await v.page.locator('.form').waitFor()
      await v.page.getByRole('button', { name: 'Start chat' }).click()
      await v.page.getByText('Please fill in this field').first().waitFor()
      await clean('form with errors')
      await v.fill({ name: `Axe ${colorScheme}`, message: 'see https://shop.example/a' })
      await v.page.getByRole('button', { name: 'Start chat' }).click()
      const chat = await chatOf(`Axe ${colorScheme}`)
      await agent.call('POST', `/v1/chats/${chat.id}/messages`, { client_id: crypto.randomUUID(), text: 'look at https://shop.example/b' })
      await v.page.setInputFiles('switchboard-chat input[type=file]', [{ name: 'cup.png', mimeType: 'image/png', buffer: dot }, { name: 'no.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') }])
      await v.page.getByRole('link', { name: 'Open picture cup.png' }).waitFor()
      await v.page.getByText('not accepted').waitFor()
      await v.page.getByText('look at').waitFor()
      await clean('chat')
      await v.page.getByRole('button', { name: 'End chat' }).first().click()
      await clean('question')
      await v.page.locator('.pair').getByRole('button', { name: 'End chat' }).click()
      await v.page.getByLabel('4 stars, good').check({ force: true })
      await clean('rating')
    })

    test(`axe finds nothing while somebody waits, is cut off, or finds nobody, ${colorScheme}`, async () => {
      const v = await visit('about:blank', { colorScheme })
      let line = null
      await v.page.routeWebSocket(/\/ws\//, (socket) => { line = socket; socket.connectToServer() })
      await v.page.goto(shop.url)
      await patience(1)
      const first = await visit()
      await first.start({ name: `Before ${colorScheme}`, message: 'first' })
      await first.page.getByText('Lin Wei joined the chat').waitFor()
      await v.start({ name: `Waits ${colorScheme}`, message: 'second' })
      await v.page.locator('.waiting').waitFor()
      await isClean(v, 'waiting')
      await v.page.context().setOffline(true)
      await line.close({ code: 1011 })
      await v.say('written in the dark')
      await v.page.locator('.bar.warn').waitFor()
      await isClean(v, 'reconnecting')
      await v.page.context().setOffline(false)
      await v.arrived('written in the dark')
      await patience(20)
      await agent.call('PUT', '/v1/desk/status', { status: 'offline' })
      const late = await visit(shop.url, { colorScheme })
      await late.open()
      await late.page.getByRole('heading', { name: 'Nobody is here at the moment' }).waitFor()
      await isClean(late, 'nobody there')
      await late.fill({ name: 'Late', message: 'Call me' })
      await late.page.getByRole('button', { name: 'Send message' }).click()
      await late.page.getByText('Your message has been sent').waitFor()
      await isClean(late, 'message left')
      await agent.call('PUT', '/v1/desk/status', { status: 'online' })
    })
  }
})

describe('bad input', () => {
  test('markup, right-to-left and zero-width characters are only text, on both screens', async () => {
    const v = await visit()
    const alarms = []
    v.page.on('dialog', (it) => { alarms.push(it.message()); void it.dismiss() })
    consolePage.on('dialog', (it) => { alarms.push(it.message()); void it.dismiss() })
    const words = [
      '<img src=x onerror="alert(1)"><script>alert(2)</script>',
      '[click](javascript:alert(3)) javascript:alert(4)',
      '\u202Egnp.exe\u202C and \u200B\u200D\uFEFF nothing',
      'مرحبا <b>بالعالم</b> 🍵 👨‍👩‍👧‍👦',
      '{{constructor.constructor("alert(5)")()}} ${alert(6)}',
    ]
    await v.start({ name: '<b>Bold</b>', message: words[0] })
    const d = await atDesk('<b>Bold</b>')
    for (const text of words.slice(1)) await v.say(text)
    await until(async () => (await v.texts()).length === words.length && (await d.texts()).length === words.length, 10_000, 'not all arrived')
    await v.page.locator('.tick:has(.icon-clock)').waitFor({ state: 'detached' })
    assert.deepEqual(await v.texts(), words)
    assert.deepEqual(await d.texts(), words)
    assert.equal(await v.page.locator('[role=log] .msg :is(img, script, b)').count(), 0)
    assert.equal(await d.page.locator('[role=log] li :is(script, b, a[href^=javascript])').count(), 0)
    await v.say('\u200B\u200B')
    await v.say('after nothing')
    await d.said('after nothing').waitFor()
    assert.equal((await d.texts()).length, words.length + 1, 'an empty message was sent')
    assert.deepEqual(alarms, [])
  })

  test('a million characters: told before sending, refused by the server, nothing lost', async () => {
    const v = await visit()
    const seen = []
    v.page.on('request', (request) => { if (request.url().includes('/widget/')) seen.push(request.headers().authorization) })
    await v.start({ name: 'Million', message: 'short' })
    await v.said('short').waitFor()
    const long = 'x'.repeat(1_000_000)
    await v.write.fill(long)
    await v.page.getByText(/too long: 1000000 of 10000/).waitFor()
    await v.write.press('Enter')
    assert.equal((await v.write.inputValue()).length, 1_000_000, 'the words are lost')
    const token = seen.find((value) => value?.startsWith('Bearer sbv_'))
    for (const text of [long, 'y'.repeat(10_001)]) {
      const answer = await fetch(`${house.url}/widget/chat/messages`, { method: 'POST', headers: { authorization: token, 'content-type': 'application/json' }, body: JSON.stringify({ client_id: crypto.randomUUID(), text }) })
      assert.ok([400, 413].includes(answer.status), `${answer.status}`)
      assert.match((await answer.json()).type, /invalid|too-large/)
    }
    await v.write.fill('short again')
    await v.write.press('Enter')
    await v.arrived('short again')
    assert.deepEqual(await v.texts(), ['short', 'short again'])
  })

  test('files that lie about their type are refused and never run', async () => {
    const v = await visit()
    await v.start({ name: 'Liar', message: 'look at my pictures' })
    await v.said('look at my pictures').waitFor()
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran=1"><script>window.ran=1</script></svg>'
    const html = '<!doctype html><script>window.ran=1</script>'
    for (const [name, mimeType, body] of [['a.png', 'image/png', svg], ['b.png', 'image/png', html], ['c.svg', 'image/svg+xml', svg], ['d.html', 'text/html', html]]) {
      await v.page.setInputFiles('switchboard-chat input[type=file]', { name, mimeType, buffer: Buffer.from(body) })
      await v.page.getByText(`${name}: this type of file is not accepted`).waitFor()
    }
    // As plain text it may pass; then it is a file to keep and nothing else.
    await v.page.setInputFiles('switchboard-chat input[type=file]', { name: 'e.txt', mimeType: 'text/plain', buffer: Buffer.from(html) })
    const link = v.page.getByRole('link', { name: /e\.txt/ })
    const refused = v.page.getByText('e.txt: this type of file is not accepted')
    await link.or(refused).first().waitFor()
    if (await link.count()) {
      const got = await fetch(await link.getAttribute('href'))
      assert.match(got.headers.get('content-type'), /^text\/plain/)
      assert.match(got.headers.get('content-disposition'), /^attachment/)
      assert.match(got.headers.get('content-security-policy'), /sandbox/)
      assert.equal(got.headers.get('x-content-type-options'), 'nosniff')
    }
    const chat = await chatOf('Liar')
    const files = (await entriesOf(chat.id)).filter((entry) => entry.upload).map((entry) => entry.upload.type)
    assert.ok(files.every((type) => type === 'text/plain'), `${files}`)
    assert.equal(await v.page.evaluate(() => window.ran), undefined)
  })

  test('too big a file is refused with its limit', async () => {
    const v = await visit()
    await v.start({ name: 'Heavy', message: 'big one' })
    await v.said('big one').waitFor()
    await v.page.setInputFiles('switchboard-chat input[type=file]', { name: 'film.png', mimeType: 'image/png', buffer: Buffer.alloc(11 * 1024 * 1024) })
    await v.page.getByText(/film\.png is larger than 10/).waitFor()
  })
})

describe('bad networks', () => {
  test('where no socket gets through, it works by asking', async () => {
    const v = await visit('about:blank')
    await v.page.routeWebSocket(/\/ws\//, (socket) => socket.close({ code: 1011 }))
    await v.page.goto(shop.url)
    await v.start({ name: 'No Sockets', message: 'by post' })
    const polled = v.page.waitForResponse((answer) => answer.url().endsWith('/widget/poll') && answer.ok())
    const d = await atDesk('No Sockets')
    await polled
    await d.say('answered at once')
    await v.said('answered at once').waitFor()
    for (const n of [1, 2, 3]) await v.say(`letter ${n}`)
    await d.said('letter 3').waitFor()
    await v.write.pressSequentially('still typing')
    await d.page.locator('[class*=preview]', { hasText: 'still' }).waitFor()
    await v.write.fill('')
    await d.said('answered at once').locator('[data-fate=read]').waitFor()
    const order = ['by post', 'answered at once', 'letter 1', 'letter 2', 'letter 3']
    await until(async () => (await v.page.locator('.tick:has(.icon-clock)').count()) === 0, 10_000, 'something is still on its way')
    assert.deepEqual(await v.texts(), order)
    assert.deepEqual(await d.texts(), order)
    await d.page.getByRole('button', { name: 'End', exact: true }).click()
    await d.page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click()
    await v.page.getByText('How was this chat?').waitFor()
  })

  test('over a slow line everything comes, later', async () => {
    const v = await visit('about:blank')
    v.page.setDefaultTimeout(40_000)
    const line = await v.page.context().newCDPSession(v.page)
    await line.send('Network.enable')
    await line.send('Network.emulateNetworkConditions', { offline: false, latency: 800, downloadThroughput: 12_000, uploadThroughput: 6_000 })
    await v.page.goto(shop.url)
    await v.start({ name: 'Slow Line', message: 'patience' })
    const chat = await chatOf('Slow Line')
    await agent.call('POST', `/v1/chats/${chat.id}/messages`, { client_id: crypto.randomUUID(), text: 'no hurry' })
    await v.said('no hurry').waitFor()
    await v.say('thank you')
    await v.page.setInputFiles('switchboard-chat input[type=file]', { name: 'slow.txt', mimeType: 'text/plain', buffer: Buffer.alloc(20_000, 'a') })
    await v.page.getByRole('link', { name: /slow\.txt/ }).waitFor()
    assert.deepEqual((await entriesOf(chat.id)).filter((entry) => entry.text).map((entry) => entry.text), ['patience', 'no hurry', 'thank you'])
  })

  test('in a tunnel words wait, survive a reload, and are sent once', async () => {
    const v = await visit(shop.demo)
    await v.start({ name: 'Tunnel', message: 'before' })
    await v.arrived('before')
    const d = await atDesk('Tunnel')
    await v.page.context().setOffline(true)
    await v.say('written in the dark')
    await v.said('written in the dark').waitFor()
    await d.say('said meanwhile')
    await v.page.context().setOffline(false)
    await v.page.reload()
    await d.said('written in the dark').waitFor()
    await v.said('said meanwhile').waitFor()
    await v.page.locator('.tick:has(.icon-clock)').waitFor({ state: 'detached' })
    assert.deepEqual([...(await v.texts())].sort(), ['before', 'said meanwhile', 'written in the dark'])
    assert.deepEqual(await v.texts(), await d.texts())
  })
})
