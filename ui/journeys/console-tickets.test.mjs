// An agent's tickets in the console: views, list by keyboard, conversation, macros, properties, clocks, and the rules a leader sets.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { button, choose, dialog, row, startStandIn, WAYS } from './support/stand-in.mjs'
import { until } from './support/house.mjs'

let house, page
const sent = []
before(async () => {
  house = await startStandIn()
  page = await house.open()
  page.on('request', (request) => { if (['PUT', 'POST', 'PATCH'].includes(request.method())) sent.push([request.method(), new URL(request.url()).pathname, request.postDataJSON()]) })
})
after(() => house?.stop())
const last = (method, path) => sent.findLast((one) => one[0] === method && one[1] === path)?.[2]
const list = () => page.getByRole('list', { name: 'Tickets' })
const entries = () => page.getByRole('log').locator('li')
const view = (name) => page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name })

describe('the list', () => {
  test('views narrow it, saved ones say how many they show', async () => {
    await house.go(page, '/tickets')
    await view(/^VIP \d+$/).click()
    await page.waitForURL(/view=1/)
    const many = Number((await view(/^VIP/).innerText()).match(/\d+/)[0])
    await until(async () => (await list().locator('li').count()) === many, 10_000, 'the view and its number differ')
    await view("Nobody's").click()
    await until(async () => { const rows = await list().locator('li').allInnerTexts(); return rows.length > 0 && rows.every((text) => !/林晓|Marta/.test(text)) }, 10_000, 'tickets of somebody are shown')
  })

  test('J, K and Enter open a ticket without a mouse; U goes back to the same list', async () => {
    await house.go(page, '/tickets?view=mine')
    await list().locator('a').nth(1).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('href')), await list().locator('a').first().getAttribute('href'))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/tickets\/\d+$/)
    await page.getByRole('log').waitFor()
    await page.keyboard.press('u')
    await page.waitForURL(/\/tickets\?view=mine$/)
  })

  test('a question is kept as a view and deleted again', async () => {
    await house.go(page, '/tickets')
    await page.getByRole('textbox', { name: 'Search subject, requester, words' }).fill('order')
    await page.waitForURL(/q=order/)
    await button(page, 'Save as view').click()
    await dialog(page).getByLabel('Name').fill('Orders')
    await button(dialog(page), 'Save').click()
    await view(/^Orders \d+$/).waitFor()
    assert.deepEqual(last('POST', '/v1/ticket-views').filter, { status: ['new', 'open', 'pending', 'on_hold'], q: 'order' })
    await button(page, 'Delete the view Orders').click()
    await button(dialog(page), 'Delete').click()
    await view(/^Orders/).waitFor({ state: 'hidden' })
  })

  test('a new ticket is opened for somebody', async () => {
    await house.go(page, '/tickets')
    await page.keyboard.press('n')
    await dialog(page).getByRole('textbox', { name: 'Requester', exact: true }).fill('Ada')
    await dialog(page).getByLabel('E-mail').fill('ada@mail.example')
    await dialog(page).getByLabel('Subject').fill('A pole is missing')
    await dialog(page).getByLabel('What it is about').fill('It was not in the parcel.')
    await button(dialog(page), 'Create').click()
    await page.getByRole('heading', { level: 1, name: 'A pole is missing' }).waitFor()
    await entries().getByText('It was not in the parcel.').waitFor()
  })
})

describe('a ticket', () => {
  const open = async () => {
    await house.go(page, '/tickets/2')
    await page.getByRole('log').locator('article').first().waitFor()
  }

  test('what the requester reads and what stays among us look different, and each says which it is', async () => {
    await open()
    const note = page.locator('li[data-note] article').first()
    await note.getByText('Internal note').waitFor()
    const reply = page.locator('li[data-ours]:not([data-note]) article').first()
    await reply.getByText('Public reply').waitFor()
    const ground = (of) => of.evaluate((one) => getComputedStyle(one).backgroundColor)
    assert.notEqual(await ground(note), await ground(reply))
    await page.getByText('The letter could not be delivered').waitFor()
    await page.getByText('Assignee: – → Marta Olsen').waitFor()
  })

  test('a note is written and kept to ourselves', async () => {
    await open()
    await page.getByRole('radio', { name: 'Public reply' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByLabel('Write a note…').fill('The carrier lost it')
    await page.keyboard.press('Control+Enter')
    await entries().filter({ hasText: 'The carrier lost it' }).getByText('Internal note').waitFor()
    assert.equal(last('POST', '/v1/tickets/2/entries').public, false)
    await page.getByRole('radio', { name: 'Public reply' }).click()
  })

  test('a macro fills the reply and says what else it changes; sending does it', async () => {
    await open()
    await choose(page, page.locator('main'), 'Macro', 'Replacement sent')
    assert.match(await page.getByLabel('Write a reply…').inputValue(), /A replacement goes out today/)
    await page.getByText('Status: Solved').waitFor()
    await page.getByText('+ replacement').waitFor()
    await button(page, 'Send reply').click()
    await page.getByText(/Status: .* → Solved/).last().waitFor()
    assert.equal(last('POST', '/v1/tickets/2/entries').macro, 2)
    assert.equal(await page.getByLabel('Write a reply…').inputValue(), '')
  })

  test('words that were not taken stay, and are sent again under the same number', async () => {
    await open()
    await page.getByLabel('Write a reply…').fill('/fail')
    await button(page, 'Send reply').click()
    await page.getByRole('alert').filter({ hasText: 'unavailable' }).waitFor()
    const first = last('POST', '/v1/tickets/2/entries').client_id
    assert.equal(await page.getByLabel('Write a reply…').inputValue(), '/fail')
    await page.getByLabel('Write a reply…').fill('It works now')
    await button(page, 'Send and set the status').click()
    await page.getByRole('menuitem', { name: /Pending/ }).click()
    await entries().filter({ hasText: 'It works now' }).waitFor()
    assert.deepEqual([last('POST', '/v1/tickets/2/entries').client_id, last('POST', '/v1/tickets/2/entries').status], [first, 'pending'])
  })

  test('properties are changed at once and stand in the conversation', async () => {
    await open()
    const panel = page.getByRole('complementary', { name: 'Properties' })
    await choose(page, panel, 'Priority', 'Urgent')
    await entries().filter({ hasText: '→ Urgent' }).last().waitFor()
    await choose(page, panel, 'Assignee', '陈思远')
    await entries().filter({ hasText: '→ 陈思远' }).last().waitFor()
    assert.deepEqual(last('PATCH', '/v1/tickets/2'), { assignee: 3 })
  })

  test('its clocks run', async () => {
    await house.go(page, '/tickets?view=all&status=new&sort=due')
    await list().locator('a').first().click()
    const clocks = page.getByRole('complementary', { name: 'Properties' }).locator('section').first()
    await clocks.getByText('First reply').waitFor()
    const before = await clocks.innerText()
    await until(async () => (await clocks.innerText()) !== before, 70_000, 'the clocks stand still')
  })
})

describe('rules', () => {
  test('a macro is written and deleted', async () => {
    await house.go(page, '/settings/macros')
    await button(page, 'New macro').click()
    await dialog(page).getByLabel('Name').fill('Thanks')
    await dialog(page).getByLabel('Text', { exact: true }).fill('Thank you for telling us.')
    await choose(page, dialog(page), 'Status', 'Solved')
    await button(dialog(page), 'Create').click()
    await row(page, 'Thanks').getByText('Solved').waitFor()
    await button(row(page, 'Thanks'), 'Delete').click()
    await button(dialog(page), 'Delete').click()
    await row(page, 'Thanks').waitFor({ state: 'hidden' })
  })

  test('promises and hours are set; hours that cannot be are told', async () => {
    await house.go(page, '/settings/ticket-rules')
    await page.getByLabel('Low: First reply').fill('1440')
    const monday = page.getByRole('group', { name: 'Monday' })
    await monday.getByLabel('Monday until').first().fill('14:00')
    await monday.getByText('These hours overlap').waitFor()
    assert.equal(await button(page, 'Save').isDisabled(), true)
    await monday.getByLabel('Monday until').first().fill('12:30')
    await button(page, 'Add hours on Saturday').click()
    await button(page, 'Save').click()
    await page.getByText('Saved', { exact: true }).waitFor()
    const saved = last('PUT', '/v1/ticket-settings')
    assert.deepEqual(saved.business_hours.days.mon, [['09:00', '12:30'], ['13:30', '18:00']])
    assert.deepEqual(saved.business_hours.days.sat, [['09:00', '18:00']])
    assert.equal(saved.sla.find(({ priority }) => priority === 'low').first_reply_minutes, 1440)
    assert.equal('inbound_hook' in saved, false)
  })
})

describe('a phone', () => {
  test('list, ticket, reply and properties all work in a small window', async () => {
    const phone = await house.open({ size: 'phone' })
    await house.go(phone, '/tickets')
    await phone.getByRole('list', { name: 'Tickets' }).locator('a').first().click()
    await phone.getByRole('log').locator('article').first().waitFor()
    await button(phone, 'Properties').click()
    await dialog(phone).getByLabel('Status').first().waitFor()
    await button(dialog(phone), 'Close').click()
    await phone.getByLabel('Write a reply…').fill('From a train')
    await button(phone, 'Send reply').click()
    await phone.getByRole('log').getByText('From a train').waitFor()
    await phone.context().close()
  })
})

describe('every screen', () => {
  const screens = [
    ['/tickets'], ['/tickets?q=zzzz'], ['/tickets', (to) => to.getByRole('button', { name: /(New ticket|新建工单)$/ }).first().click()],
    ['/tickets/5', (to) => to.locator('main article').first().waitFor()],
    ['/tickets/6', async (to) => { await to.getByRole('radio').nth(1).click(); await to.locator('main textarea').fill('…') }],
    ['/settings/macros'], ['/settings/macros', (to) => to.getByRole('button', { name: /^(Edit|编辑)$/ }).first().click()], ['/settings/ticket-rules'],
  ]
  for (const way of WAYS) {
    test(`axe finds nothing: ${Object.values(way).join(', ')}`, { timeout: 120_000 }, async () => {
      const to = await house.open(way)
      assert.deepEqual(await house.judge(to, screens), [])
      await to.context().close()
    })
  }

  test('the browser had nothing to complain of', () => assert.deepEqual(house.noise, []))
})
