// Events, integrations and tickets in the console against the real server: what is done on the screens holds there.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { axe, startBrowser } from './support/browser.mjs'
import { signIn, startHouse, until } from './support/house.mjs'
import { button, choose, dialog, row } from './support/stand-in.mjs'

const PASSWORD = 'a long enough password'
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }
let house, browser, page, call, cookie, sink, ticket
const noise = []
const received = []

async function open({ theme = 'light', language = 'en', size = 'wide' } = {}) {
  const context = await browser.newContext({ viewport: size === 'phone' ? { width: 390, height: 844 } : { width: 1440, height: 900 }, locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce', colorScheme: theme, hasTouch: size === 'phone' })
  await context.addInitScript((prefs) => localStorage.setItem('switchboard.prefs', JSON.stringify({ state: prefs, version: 0 })), { theme, language, sound: false, panel: true, site: 1 })
  await context.addCookies([{ name: 'sb_session', value: cookie.split('=')[1], url: house.url }])
  const made = await context.newPage()
  made.setDefaultTimeout(10_000)
  made.on('pageerror', (error) => noise.push(`thrown: ${error.message}`))
  made.on('console', (line) => { if (['error', 'warning'].includes(line.type())) noise.push(`${line.type()}: ${line.text()} (${made.url()})`) })
  return made
}
const settled = (on) => on.waitForFunction(() => !document.querySelector('[aria-busy="true"], .ant-spin-spinning') && document.getAnimations().every((one) => one.playState !== 'running'))
const go = async (path, on = page) => {
  await on.goto(house.url + path)
  await on.locator('main h1').first().waitFor({ state: 'attached' })
  await settled(on)
}
const visit = async () => {
  const answer = await fetch(`${house.url}/widget/visits`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ site: 1, widget: 1, page: { url: 'https://shop.example/teapot', title: 'Teapots' }, language: 'en', time_zone: 'Europe/Berlin' }) })
  assert.ok(answer.ok, `visits: ${answer.status}`)
  return (await answer.json()).visitor.id
}

before(async () => {
  house = await startHouse({ env: { SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE: 'true' } })
  await until(() => { house.link = house.said.match(/https?:\/\/\S+\/link#\S+\n/)?.[0].trim(); return house.link }, 5_000, 'no sign-in link was printed')
  const session = await signIn(house)
  ;({ call, cookie } = session)
  await call('PUT', '/v1/me/password', { new: PASSWORD })
  await call('PATCH', '/v1/me', { language: 'en' })
  browser = await startBrowser()
  page = await open()
  sink = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes) => { body += bytes })
    request.on('end', () => { received.push({ headers: request.headers, body }); response.writeHead(received.length > 1 ? 200 : 500).end('thanks') })
  })
  await new Promise((resolve) => sink.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  await browser?.close()
  sink?.close()
  await house?.stop()
})

describe('events', () => {
  test('the overview tells how the pipeline stands', async () => {
    await go('/settings/events')
    await page.getByRole('region', { name: 'State of the pipeline' }).getByText(/^(All flows|Behind|Strained|Storage nearly full)$/).waitFor()
    await page.getByText('The outbox publishes here now').waitFor()
    await page.getByRole('cell', { name: /Webhook/ }).first().waitFor()
    await page.getByText(/^Goes by version \d+$/).waitFor()
  })

  test('what happens is found in the archive, with its content and its way', async () => {
    const id = await visit()
    await until(async () => { await go(`/settings/events/explorer?key=${id}`); return (await row(page, 'VisitorCreated').count()) > 0 }, 20_000, 'the event is not in the archive')
    await row(page, 'VisitorCreated').getByRole('link').first().click()
    await page.getByRole('heading', { level: 1, name: 'VisitorCreated' }).waitFor()
    const way = page.getByRole('region', { name: 'The way it went' })
    await way.getByText('Announced').waitFor()
    await way.getByText('Archived').waitFor()
    assert.match(await page.getByRole('region', { name: 'Content' }).locator('pre').first().innerText(), new RegExp(id))
  })

  test('a subscription is added, takes effect, is paused and deleted', async () => {
    await go('/settings/events/subscriptions')
    await button(page, 'New subscription').click()
    await dialog(page).getByLabel('Event', { exact: true }).fill('Visitor.Rating')
    await dialog(page).getByLabel('Queue', { exact: true }).fill('Shop.Ratings')
    await button(dialog(page), 'Add a condition').click()
    await dialog(page).getByLabel('Field').fill('RatingGrade')
    await dialog(page).getByLabel('Values').fill('1')
    await page.keyboard.press('Enter')
    await button(dialog(page), 'Create').click()
    const mine = row(page, 'Shop.Ratings')
    await mine.getByText('Active', { exact: true }).waitFor({ timeout: 20_000 })
    await mine.getByText('RatingGrade = 1').waitFor()
    await mine.getByRole('switch').click()
    await button(dialog(page), 'Pause').click()
    await mine.getByText('Paused', { exact: true }).waitFor({ timeout: 20_000 })
    await button(mine, 'Delete').click()
    await button(dialog(page), 'Delete').click()
    await until(async () => (await mine.count()) === 0 || /Draining|Drained/.test(await mine.innerText()), 20_000, 'it is copied to its queue still')
  })

  test('a replay is counted, begun, and comes to its end', async () => {
    await go('/settings/events/replays')
    await button(page, '24 hours').click()
    await choose(page, page.locator('main'), 'Events', 'VisitorCreated')
    const { queues } = await call('GET', '/v1/event-queues')
    const queue = queues.find((one) => one.role === 'data' && /VisitorCreated/.test(one.queue))?.queue ?? queues.find((one) => one.role === 'data').queue
    // There are more queues than the list shows at once.
    const into = page.locator('main').getByLabel('Into these queues')
    await into.click()
    await into.fill(queue)
    await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').filter({ hasText: queue }).first().click()
    await page.keyboard.press('Escape')
    await button(page, 'Count').click()
    await page.getByText(/would go to 1 queue/).waitFor()
    await page.getByRole('button', { name: /^Replay \d+ events$/ }).click()
    await page.getByRole('region', { name: 'Replays' }).locator('li').first().getByText('Done', { exact: true }).waitFor({ timeout: 30_000 })
  })

  test('nothing is stuck', async () => {
    await go('/settings/events/dead-letters')
    await page.getByText('All is well').waitFor()
  })
})

describe('integrations', () => {
  test('every system has its card, and a set-up that cannot work says where it stops', async () => {
    await go('/settings/integrations')
    for (const name of [/Salesforce/, /Zendesk/, /E-mail/]) await page.getByRole('main').getByRole('link', { name }).getByText('Not set up').waitFor()
    await go('/settings/integrations/zendesk')
    await page.getByLabel('Address').fill('https://127.0.0.1:9')
    await page.getByLabel("Agent's e-mail").fill('agent@shop.example')
    await page.getByLabel('API token', { exact: true }).fill('a-token')
    await button(page, 'Save').click()
    await page.getByText('Saved, never shown.').or(page.getByRole('alert')).or(page.locator('.ant-form-item-explain-error')).first().waitFor()
  })

  test('a webhook with a pace of its own is made, tried, and its deliveries are sent again', async () => {
    const url = `http://127.0.0.1:${sink.address().port}/in`
    await go('/settings/webhooks')
    await button(page, 'New webhook').first().click()
    await dialog(page).getByLabel('Address').fill(url)
    await choose(page, dialog(page), 'Events', 'VisitorCreated')
    await dialog(page).getByText('Pace and retries').click()
    await dialog(page).getByLabel('Most per second').fill('5')
    await dialog(page).getByLabel('Retries after (seconds)').fill('1')
    await page.keyboard.press('Enter')
    await button(dialog(page), 'Create').click()
    await button(page.getByRole('dialog', { name: 'Signing secret' }), 'Done').click()
    await row(page, url).getByRole('link').click()
    await page.getByText('Most per second').waitFor()
    await visit()
    await row(page, 'Delivered').waitFor({ timeout: 30_000 })
    await button(page, 'Send many again').click()
    await dialog(page).getByText('Delivered', { exact: true }).click()
    const again = dialog(page).getByRole('button', { name: /^Send [1-9]\d* again$/ })
    const before = received.length
    await again.click()
    await until(() => received.length > before, 20_000, 'nothing was sent again')
  })
})

describe('tickets', () => {
  test('a ticket is opened, noted in, answered with a macro, and solved', async () => {
    await go('/settings/macros')
    await button(page, 'New macro').first().click()
    await dialog(page).getByLabel('Name').fill('On its way')
    await dialog(page).getByLabel('Text', { exact: true }).fill('Your order is on its way.')
    await dialog(page).getByLabel('Adds tags').fill('shipping')
    await page.keyboard.press('Enter')
    await button(dialog(page), 'Create').click()
    await row(page, 'On its way').waitFor()

    await go('/tickets')
    await page.keyboard.press('n')
    await dialog(page).getByRole('textbox', { name: 'Requester', exact: true }).fill('Ada')
    await dialog(page).getByLabel('E-mail').fill('ada@mail.example')
    await dialog(page).getByLabel('Subject').fill('Where is my order?')
    await dialog(page).getByLabel('What it is about').fill('I ordered a teapot on the third.')
    await button(dialog(page), 'Create').click()
    await page.waitForURL(/\/tickets\/\d+$/)
    ticket = new URL(page.url()).pathname
    const log = page.getByRole('log')
    await log.getByText('I ordered a teapot on the third.').waitFor()

    await page.getByRole('radio', { name: 'Internal note' }).click()
    await page.getByLabel('Write a note…').fill('The carrier has it')
    await button(page, 'Add note').click()
    await log.locator('li[data-note]', { hasText: 'The carrier has it' }).waitFor()

    await page.getByRole('radio', { name: 'Public reply' }).click()
    await choose(page, page.locator('main'), 'Macro', 'On its way')
    await button(page, 'Send and set the status').click()
    await page.getByRole('menuitem', { name: /Solved/ }).click()
    await log.getByText('Your order is on its way.').waitFor()
    await until(async () => (await call('GET', `/v1${ticket}`)).status === 'solved', 10_000, 'it is not solved')
    assert.deepEqual((await call('GET', `/v1${ticket}`)).tags, ['shipping'])
  })

  test('it is found, taken up again, and its properties hold', async () => {
    await go('/tickets?view=all&q=order')
    await page.getByRole('list', { name: 'Tickets' }).getByRole('link', { name: /Where is my order/ }).click()
    const panel = page.getByRole('complementary', { name: 'Properties' })
    await choose(page, panel, 'Status', 'Open')
    await choose(page, panel, 'Priority', 'Urgent')
    await until(async () => { const now = await call('GET', `/v1${ticket}`); return now.status === 'open' && now.priority === 'urgent' }, 10_000, 'the change does not hold')
    await page.getByRole('log').getByText(/→ Urgent/).waitFor()
  })

  test('a question is kept as a view that counts', async () => {
    await go('/tickets')
    await page.getByRole('textbox', { name: 'Search subject, requester, words' }).fill('teapot')
    await page.waitForURL(/q=teapot/)
    await button(page, 'Save as view').click()
    await dialog(page).getByLabel('Name').fill('Teapots')
    await button(dialog(page), 'Save').click()
    await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Teapots 1' }).waitFor()
  })

  test('promises and hours hold, and set the clocks of the next ticket', async () => {
    await go('/settings/ticket-rules')
    await page.getByLabel('Normal: First reply').fill('90')
    await button(page, 'Save').click()
    await page.getByText('Saved', { exact: true }).waitFor()
    const made = await call('POST', '/v1/tickets', { subject: 'Another', requester: { name: 'Bo', email: '' }, text: 'Hello' })
    await go(`/tickets/${made.id}`)
    const clocks = page.getByRole('complementary', { name: 'Properties' }).locator('section').first()
    await clocks.getByText('First reply').waitFor()
    await clocks.getByText(/1 hr 2\d mins left/).waitFor()
  })
})

describe('every screen', () => {
  for (const way of [{ language: 'zh', theme: 'light', size: 'wide' }, { language: 'en', theme: 'dark', size: 'phone' }]) {
    test(`axe finds nothing: ${Object.values(way).join(', ')}`, { timeout: 180_000 }, async () => {
      await call('PATCH', '/v1/me', { language: way.language })
      const to = await open(way)
      const found = []
      const [{ id: hook }] = (await call('GET', '/v1/webhooks')).items
      for (const path of ['/settings/events', '/settings/events/explorer', '/settings/events/dead-letters', '/settings/events/replays', '/settings/events/subscriptions', '/settings/integrations', '/settings/integrations/salesforce', '/settings/integrations/zendesk', '/settings/integrations/email', '/settings/webhooks', `/settings/webhooks/${hook}`, '/tickets', ticket, '/settings/macros', '/settings/ticket-rules', '/settings/roles']) {
        await go(path, to)
        for (const line of await axe(to, RULES)) found.push(`${path}: ${line}`)
        if ((await to.evaluate(() => document.documentElement.scrollWidth - innerWidth)) > 1) found.push(`${path}: scrolls sideways`)
      }
      await to.context().close()
      assert.deepEqual(found, [])
    })
  }

  test('the browser had nothing to complain of', () => assert.deepEqual(noise.filter((line) => !/\/settings\/integrations/.test(line)), []))
})
