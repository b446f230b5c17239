// The desk on stand-in data: what the CRM knows of a visitor, a full disk, the browser's tab, and the states that come seldom.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { button, dialog, startStandIn, WAYS } from './support/stand-in.mjs'

let house, page, chats
before(async () => {
  house = await startStandIn()
  page = await house.open()
  await house.go(page, '/desk')
  chats = await page.evaluate(() => fetch('/v1/desk').then((answer) => answer.json())).then(({ chats: mine, queue }) => ({ mine, queue }))
})
after(() => house?.stop())

const tell = (query) => fetch(`${house.url}/mock?${query}`)
/** One of my chats, by what the CRM of the stand-in makes of its number. */
const known = (rest) => chats.mine.find(({ number, visitor }) => number % 3 === rest && visitor.email)
const panel = (to = page) => to.getByRole('complementary', { name: /^(Visitor details|访客资料)$/ })
const crm = () => panel().locator('details', { has: page.getByRole('heading', { name: 'Salesforce' }) })
const integration = (enabled) => page.evaluate((on) => fetch('/v1/integrations/salesforce').then((answer) => answer.json()).then(({ settings }) => fetch('/v1/integrations/salesforce', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ enabled: on, settings }) })), enabled)

describe('what the CRM knows', () => {
  test('a contact and the account stand beside the chat, and lead over there', async () => {
    const { id, visitor } = known(0)
    await house.go(page, `/desk/${id}`)
    const link = crm().getByRole('link', { name: `Open ${visitor.name} in Salesforce` })
    await link.waitFor()
    assert.match(await link.getAttribute('href'), /^https:\/\/harbour\.my\.salesforce\.com\/003/)
    assert.deepEqual([await link.getAttribute('target'), await link.getAttribute('rel')], ['_blank', 'noopener noreferrer'])
    for (const words of ['Contact', 'Account', '远山户外用品有限公司', '+86 21 5550 1234', '1 more record has this address.']) await crm().getByText(words, { exact: true }).waitFor()
    assert.equal(await crm().getByText('Lead', { exact: true }).count(), 0)
  })

  test('a lead says so; whom nobody knows is told quietly', async () => {
    await house.go(page, `/desk/${known(1).id}`)
    await crm().getByText('Lead', { exact: true }).waitFor()
    await crm().getByText('Buyer · Northwind Outdoor').waitFor()
    await house.go(page, `/desk/${known(2).id}`)
    await crm().getByText(`No record has the address ${known(2).visitor.email}.`).waitFor()
    assert.equal(await crm().getByRole('link').count(), 0)
  })

  test('without a connection there is no card, and nothing to complain of', async () => {
    await integration(false)
    const asked = page.waitForResponse((answer) => answer.url().endsWith('/crm'))
    await house.go(page, `/desk/${known(0).id}`)
    assert.equal((await asked).status(), 404)
    await panel().getByRole('heading', { name: 'Pages seen' }).waitFor()
    assert.deepEqual([await crm().count(), await panel().getByRole('alert').count()], [0, 0])
    await integration(true)
  })

  test('a card that does not load says why and loads again', async () => {
    await page.route('**/crm', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"type":"/broken","title":"broken","status":500}' }))
    await house.go(page, `/desk/${known(0).id}`)
    await panel().getByRole('alert').waitFor()
    await page.unroute('**/crm')
    await button(panel(), 'Try again').click()
    await crm().getByText('Contact', { exact: true }).waitFor()
  })
})

describe('a full disk', () => {
  const banner = (to = page) => to.getByRole('status').filter({ hasText: /The server has no room left|服务器存储空间已满/ })

  test('is said on the desk at once, words wait, and all goes on when there is room', async () => {
    await house.go(page, `/desk/${known(0).id}`)
    await tell('full=1')
    await banner().waitFor()
    await page.locator('textarea').fill('Written without room')
    await page.locator('textarea').press('Enter')
    await page.locator('[data-unsent=waiting]', { hasText: 'Written without room' }).waitFor()
    await tell('full=0')
    await banner().waitFor({ state: 'hidden' })
    await page.locator('[role=log] li[id]', { hasText: 'Written without room' }).waitFor()
    assert.equal(await page.locator('[data-unsent]').count(), 0)
  })

  test('is said to who comes later, on every screen, in both languages, and to who sees no events', async () => {
    await tell('full=1')
    for (const [language, words] of [['en', 'The server has no room left'], ['zh', '服务器存储空间已满']]) {
      const late = await house.open({ language, permissions: 'answer_chats,view_history', superadmin: false, size: language === 'zh' ? 'phone' : 'wide' })
      await house.go(late, '/history')
      await late.getByText(words, { exact: true }).waitFor()
      await late.context().close()
    }
    await tell('full=0&permissions=&superadmin=true')
  })
})

describe('the browser\'s tab', () => {
  test('names who waits, the screen, and the house', async () => {
    const titles = []
    for (const path of ['/desk', `/desk/${known(0).id}`, '/visitors', '/history', '/tickets', '/tickets/2', '/settings', '/settings/users', '/settings/widgets/1', '/me']) {
      await house.go(page, path)
      await page.waitForFunction(() => /^\(\d+\) .+ · /.test(document.title))
      titles.push((await page.title()).replace(/^\(\d+\) /, ''))
    }
    assert.equal(titles[0], 'Desk · Switchboard')
    assert.equal(titles[1], `${known(0).visitor.name} · Desk · Switchboard`)
    assert.equal(new Set(titles).size, titles.length, titles.join('\n'))
    const strange = await house.open({ language: 'zh' })
    await tell('signedIn=false')
    await strange.goto(`${house.url}/sign-in`)
    await strange.waitForFunction(() => document.title === '登录 · 总机 Switchboard')
    await strange.context().close()
    await tell('signedIn=true')
  })
})

describe('the states that come seldom', () => {
  const press = (name) => (to) => to.getByRole('main').getByRole('button', { name }).first().click()
  const opened = (act) => async (to) => { await act(to); await dialog(to).waitFor() }
  const enter = (email, password) => async (to) => {
    await to.locator('input[type=email]').fill(email)
    await to.locator('input[type=password]').fill(password)
    await to.keyboard.press('Enter')
  }
  const screens = () => {
    const { id } = chats.mine.find((one) => one.last?.text.startsWith('谢谢，我看到了')) ?? chats.mine[1]
    return [
      [`/desk/${id}`, async (to) => {
        await to.locator('textarea').fill('/fail please')
        await to.locator('textarea').press('Enter')
        await to.locator('[data-unsent=failed]').waitFor()
      }],
      [`/desk/${id}`, opened(press(/^(Transfer|转接)$/))],
      [`/desk/${id}`, async (to) => { await opened(press(/^(Transfer|转接)$/))(to); await dialog(to).getByText(/^(Department|部门)$/).click() }],
      [`/desk/${id}`, opened(press(/^(End|结束)$/))],
      [`/desk/${chats.queue[0].id}`], [`/desk/${known(2).id}${'?info=1'}`, async (to) => { await panel(to).waitFor() }],
      ['/desk', opened((to) => to.keyboard.press('Shift+Slash'))],
      ['/desk/00000000-0000-7000-8000-000000000000'],
    ]
  }

  for (const way of WAYS) {
    test(`axe finds nothing: ${Object.values(way).join(', ')}`, { timeout: 180_000 }, async () => {
      const to = await house.open(way)
      const found = await house.judge(to, screens())
      // A full disk and a lost line, one above the other.
      await tell('full=1')
      await house.go(to, `/desk/${known(0).id}`)
      await to.context().setOffline(true)
      await tell('cut=1')
      await to.getByText(/^(You are offline|已离线)$/).waitFor()
      found.push(...await house.look(to, 'banners'))
      await to.context().setOffline(false)
      await tell('full=0')
      // A screen whose code does not come.
      await to.route(/assets\/HistoryPage/, (route) => route.abort())
      await to.goto(`${house.url}/history`)
      await to.getByRole('alert').waitFor()
      await to.getByRole('navigation').first().waitFor()
      found.push(...await house.look(to, 'route failure'))
      await tell('signedIn=false')
      await to.goto(`${house.url}/sign-in`)
      await enter('lin@harbour.example', 'wrong')(to)
      await to.getByRole('alert').waitFor()
      found.push(...await house.look(to, 'refused'))
      await enter('totp@harbour.example', 'right')(to)
      await to.locator('[autocomplete=one-time-code]').waitFor()
      found.push(...await house.look(to, 'second step'))
      await tell('signedIn=true&mustSet=true')
      await to.goto(`${house.url}/set-password`)
      await to.locator('input[type=password]').nth(1).waitFor()
      await to.locator('input[type=password]').first().fill('short')
      await to.locator('input[type=password]').nth(1).fill('short')
      await to.keyboard.press('Enter')
      await to.getByRole('alert').waitFor()
      found.push(...await house.look(to, 'password'))
      await tell('mustSet=false')
      await to.context().close()
      assert.deepEqual(found, [])
    })
  }

  test('the browser had nothing to complain of', () => assert.deepEqual(house.noise.filter((line) => !/HistoryPage|preload assets|ERR_INTERNET_DISCONNECTED|WebSocket/.test(line)), []))
})
