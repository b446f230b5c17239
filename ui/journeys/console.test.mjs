// The console as a new administrator lives it: every screen of it, in a real browser, against the real server.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { axe, startBrowser } from './support/browser.mjs'
import { signIn, startHouse, until } from './support/house.mjs'

const EMAIL = 'admin@localhost'
const PASSWORD = 'a long enough password'
/** Looked at in a small window too. */
const BOTH = 'both'
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }
let house, browser, page, sink, recovery
const noise = []
const received = []

/** Everything the browser has to complain of, but for the refusals these tests provoke: who we are before signing in, and a wrong code. */
function listen(to) {
  to.on('pageerror', (error) => noise.push(`thrown: ${error.message}`))
  to.on('console', (line) => {
    if (!['error', 'warning'].includes(line.type())) return
    if (/Failed to load resource/.test(line.text()) && /\/v1\/(session(\/link)?|me\/totp)$/.test(line.location().url)) return
    noise.push(`${line.type()}: ${line.text()} (${to.url()})`)
  })
}
async function openWindow(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce', ...options })
  const made = await context.newPage()
  made.setDefaultTimeout(10_000)
  listen(made)
  return made
}

/** The six digits that an authenticator app shows for this secret, some steps of 30 s from now. */
function digits(secret, ahead = 0) {
  const bits = [...secret.replace(/=+$/, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const sum = createHmac('sha1', key).update(step).digest()
  return String((sum.readUInt32BE(sum[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Nothing loads and nothing moves any more. */
const settled = (on) => on.waitForFunction(() => !document.querySelector('[aria-busy="true"], .ant-spin-spinning') && document.getAnimations().every((one) => one.playState !== 'running'))
const go = async (path) => { await page.goto(house.url + path); await page.locator('main h1').first().waitFor({ state: 'attached' }) }
const button = (name, within = page) => within.getByRole('button', { name, exact: true })
const dialog = () => page.getByRole('dialog').filter({ visible: true })
const row = (text) => page.locator('main tbody tr', { hasText: text })
const gone = (locator) => locator.waitFor({ state: 'hidden' })

async function menu(...names) {
  await page.locator('nav button').last().click()
  for (const name of names) await page.getByRole('menuitem', { name }).click()
}
const inside = () => page.locator('nav button').last().waitFor()
async function signOut() {
  await menu('Sign out')
  await page.waitForURL(/\/sign-in/)
}
async function signInBy(password, code) {
  await page.goto(`${house.url}/sign-in`)
  await page.getByLabel('E-mail').fill(EMAIL)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  if (code === undefined) return
  await page.getByLabel('Code').fill(code)
  await page.keyboard.press('Enter')
}
/** Chooses in one of the form's lists by keyboard and mouse, as a person does. */
async function choose(label, ...options) {
  await dialog().getByLabel(label, { exact: true }).click()
  for (const option of options) await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').filter({ hasText: option }).first().click()
  await dialog().locator('.ant-modal-title').click()
}

before(async () => {
  house = await startHouse({ env: { SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE: 'true', SWITCHBOARD_LIMITS__SIGN_IN_EMAIL: '[50, 50]', SWITCHBOARD_LIMITS__SIGN_IN_ADDRESS: '[50, 50]' } })
  await until(() => { house.link = house.said.match(/https?:\/\/\S+\/link#\S+\n/)?.[0].trim(); return house.link }, 5_000, 'no sign-in link was printed')
  browser = await startBrowser()
  page = await openWindow()
  sink = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes) => { body += bytes })
    request.on('end', () => { received.push({ headers: request.headers, body }); response.end('thanks') })
  })
  await new Promise((resolve) => sink.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  await browser?.close()
  sink?.close()
  await house?.stop()
})

describe('coming in', () => {
  test('the printed link signs in once, then a password is set', async () => {
    await page.goto(house.link)
    await button('Sign in').waitFor()
    assert.equal(new URL(page.url()).hash, '', 'the token stays in the address')
    await button('Sign in').click()
    await page.waitForURL(/set-password/)
    await page.getByLabel('New password').fill('short')
    await page.getByLabel('Once more').fill('short')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'characters are needed' }).waitFor()
    await page.getByLabel('New password').fill(PASSWORD)
    await page.getByLabel('Once more').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/desk/)
    await page.goto('about:blank')
    await page.goto(house.link)
    await button('Sign in').click()
    await page.getByRole('alert').filter({ hasText: 'used already' }).waitFor()
  })

  test('out, refused with a wrong password, and in with the right one', async () => {
    await go('/desk')
    await signOut()
    await signInBy('not the password')
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
    await signInBy(PASSWORD)
    await inside()
  })

  test('the second step is turned on and asked for; a recovery code opens too, once', async () => {
    await go('/me')
    await button('Turn on two-step sign-in').click()
    const secret = await dialog().locator('code').innerText()
    await dialog().getByRole('textbox', { name: 'Code' }).fill('000000')
    await button('Turn on', dialog()).click()
    await dialog().locator('.ant-form-item-explain-error, [role=alert]').first().waitFor()
    await dialog().getByRole('textbox', { name: 'Code' }).fill(digits(secret))
    await button('Turn on', dialog()).click()
    const codes = page.getByRole('dialog', { name: 'Recovery codes' })
    await codes.waitFor()
    recovery = await codes.locator('ol code').allInnerTexts()
    assert.equal(recovery.length, 10)
    await button('I have kept them', codes).click()
    await button('Turn off two-step sign-in').waitFor()
    await signOut()
    await signInBy(PASSWORD, digits(secret, 1))
    await inside()
    await signOut()
    await signInBy(PASSWORD, recovery[0])
    await inside()
    await signOut()
    await signInBy(PASSWORD, recovery[0])
    await page.getByRole('alert').filter({ hasText: 'code is wrong' }).waitFor()
    await page.getByLabel('Code').fill(recovery[1])
    await page.keyboard.press('Enter')
    await inside()
    await go('/me')
    await button('Turn off two-step sign-in').click()
    await dialog().getByLabel('Password', { exact: true }).fill(PASSWORD)
    await button('Turn off two-step sign-in', dialog()).click()
    await button('Turn on two-step sign-in').waitFor()
  })

  test('another browser shows among the sessions and is thrown out', async () => {
    const other = await openWindow()
    await other.goto(`${house.url}/sign-in`)
    await other.getByLabel('E-mail').fill(EMAIL)
    await other.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await other.keyboard.press('Enter')
    await other.waitForURL(/\/desk/)
    await go('/me')
    const list = page.getByRole('region', { name: 'Sessions' }).locator('li')
    const others = list.filter({ hasNotText: 'This one' })
    await others.first().waitFor()
    for (let left = await others.count(); left > 0; left -= 1) {
      await others.first().getByRole('button').click()
      await until(async () => (await others.count()) < left, 10_000, 'the session is still listed')
    }
    await other.goto(`${house.url}/history`)
    await button('Sign in', other).waitFor()
    await other.context().close()
  })

  test('profile and password are changed', async () => {
    await go('/me')
    await page.getByLabel('Name', { exact: true }).fill('Lin Wei')
    await button('Save').click()
    await page.getByText('Saved').waitFor()
    assert.equal(await page.getByText('Europe/Berlin').count() > 0, true, 'the time zone is not that of the first browser')
    await page.getByLabel('Current password').fill(PASSWORD)
    await page.getByLabel('New password').fill(`${PASSWORD} 2`)
    await page.getByLabel('Once more').fill(`${PASSWORD} 2`)
    await button('Change password').click()
    await page.getByText('Password changed').waitFor()
  })
})

describe('setting up', () => {
  test('a department, then a user in it with a link that works', async () => {
    await go('/settings/departments')
    await button('New department').first().click()
    await dialog().getByLabel('Name').fill('After sales')
    await choose('Members', 'Lin Wei')
    await button('Create', dialog()).click()
    await row('After sales').waitFor()

    await go('/settings/users')
    await button('Invite user').first().click()
    await dialog().getByLabel('Name').fill('Bea Novak')
    await dialog().getByLabel('E-mail').fill('bea@shop.example')
    await choose('Departments', 'After sales')
    await button('Create and get the link', dialog()).click()
    const shown = page.getByRole('dialog', { name: 'One-time sign-in link' })
    const link = await shown.locator('code').innerText()
    await button('Done', shown).click()
    await row('Bea Novak').getByText('Invited').waitFor()

    const bea = await openWindow()
    await bea.goto(link)
    await button('Sign in', bea).click()
    await bea.waitForURL(/set-password/)
    await bea.context().close()

    await button('Actions for Bea Novak').click()
    await page.getByRole('menuitem', { name: 'Show sessions' }).click()
    await page.getByRole('dialog', { name: 'Sessions of Bea Novak' }).locator('li').first().waitFor()
    await page.keyboard.press('Escape')
    await button('Bea Novak').click()
    await dialog().getByLabel('Name').fill('Bea Nováková')
    await button('Save', dialog()).click()
    await row('Bea Nováková').waitFor()
    await button('Actions for Bea Nováková').click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await row('Bea Nováková').getByText('Disabled').waitFor()
  })

  test('a role is made and gets a permission', async () => {
    await go('/settings/roles')
    await button('New role').first().click()
    await dialog().getByLabel('Name').fill('Night shift')
    await button('Create', dialog()).click()
    const box = page.getByRole('checkbox', { name: 'Night shift: See history' })
    const ticked = () => until(() => box.isChecked(), 10_000, 'the permission was not given')
    await box.click()
    await ticked()
    await page.reload()
    await ticked()
  })

  test('a widget is made, edited under a live preview, and saved', async () => {
    await go('/settings/widgets')
    await button('New widget').first().click()
    await dialog().getByLabel('Name').fill('Landing page')
    await button('Create', dialog()).click()
    await page.waitForURL(/widgets\/\d+/)
    await page.locator('iframe[data-ready]').waitFor()
    await button('#be123c').click()
    await page.getByRole('tab', { name: 'Texts' }).click()
    await page.getByLabel('Title', { exact: true }).fill('Talk to the potters')
    await page.frameLocator('iframe').getByText('Talk to the potters').waitFor()
    await button('Save').click()
    await page.getByText('Saved, your pages follow shortly').waitFor()
    await page.reload()
    await page.getByRole('tab', { name: 'Texts' }).click()
    assert.equal(await page.getByLabel('Title', { exact: true }).inputValue(), 'Talk to the potters')
  })

  test('a webhook is tested, its log is read, a delivery sent again, the secret rotated', async () => {
    const url = `http://127.0.0.1:${sink.address().port}/in`
    await go('/settings/webhooks')
    await button('New webhook').first().click()
    await dialog().getByLabel('Address').fill(url)
    await choose('Events', 'ChatCreated')
    await button('Create', dialog()).click()
    const secret = page.getByRole('dialog', { name: 'Signing secret' })
    assert.match(await secret.locator('code').innerText(), /^whsec_/)
    await button('Done', secret).click()
    await row(url).getByRole('link').click()
    await page.waitForURL(/webhooks\/\d+/)
    await button('Send a test').click()
    await until(() => received.length > 0, 15_000, 'no request came')
    assert.ok(received[0].headers['webhook-signature'])
    await row('Delivered').waitFor({ timeout: 15_000 })
    await row('Delivered').getByRole('button', { name: 'Expand row' }).click()
    await page.getByText('thanks').waitFor()
    await button('Resend', row('Delivered')).click()
    await until(() => received.length > 1, 15_000, 'nothing was sent again')
    assert.equal(received[1].headers['webhook-id'], received[0].headers['webhook-id'])
    await button('Rotate secret').click()
    await button('Rotate secret', dialog()).click()
    await page.getByRole('dialog', { name: 'Signing secret' }).waitFor()
    await button('Done', page.getByRole('dialog', { name: 'Signing secret' })).click()
  })

  test('an API key is shown once, opens the API, and is revoked', async () => {
    await go('/settings/api-keys')
    await button('New key').first().click()
    await dialog().getByLabel('Name').fill('Reports')
    await dialog().getByRole('checkbox', { name: 'See history' }).check()
    await button('Create', dialog()).click()
    const shown = page.getByRole('dialog', { name: 'New API key' })
    const authorization = `Bearer ${await shown.locator('code').innerText()}`
    await button('Done', shown).click()
    assert.equal((await fetch(`${house.url}/v1/chats`, { headers: { authorization } })).status, 200)
    assert.equal((await fetch(`${house.url}/v1/users`, { headers: { authorization } })).status, 403)
    await button('Revoke', row('Reports')).click()
    await button('Revoke', dialog()).click()
    await gone(row('Reports'))
    assert.equal((await fetch(`${house.url}/v1/chats`, { headers: { authorization } })).status, 401)
  })

  test('a second site is made, entered, and is empty', async () => {
    await go('/settings/sites')
    await button('New site').first().click()
    await dialog().getByLabel('Name').fill('Second shop')
    await button('Create', dialog()).click()
    await button('Go there', row('Second shop')).click()
    await row('Second shop').getByText('Here').waitFor()
    await go('/settings/webhooks')
    await page.getByText('No webhooks yet').waitFor()
    await go('/desk')
    await menu('Site: Second shop', 'My website')
    await go('/settings/webhooks')
    await row('http://127.0.0.1').waitFor()
  })
})

describe('every screen', () => {
  let screens
  before(async () => {
    const call = (await signIn(house, { email: EMAIL, password: `${PASSWORD} 2` })).call
    await go('/desk')
    await menu('Online')
    await until(async () => (await call('GET', '/v1/desk')).me.status === 'online', 10_000, 'the agent is not online')
    for (let n = 1; n <= 6; n += 1) await visitor(n)
    const { chats, queue } = await until(async () => {
      const desk = await call('GET', '/v1/desk')
      return desk.chats.length > 0 && desk.queue.length > 0 && desk
    }, 10_000, 'no chats came to the desk')
    await call('POST', `/v1/chats/${chats[1].id}/end`)
    const [widget] = (await call('GET', '/v1/widgets')).items
    const [hook] = (await call('GET', '/v1/webhooks')).items
    const editor = `/settings/widgets/${widget.id}`
    const tab = (name) => (to) => to.getByRole('tab', { name }).click()
    const press = (name) => (to) => to.getByRole('main').getByRole('button', { name }).first().click()
    const composer = (to) => to.locator('textarea').waitFor()
    screens = [
      ['/desk', null, BOTH], [`/desk/${chats[0].id}`, composer, BOTH], [`/desk/${queue[0].id}`], ['/visitors', null, BOTH],
      ['/history', null, BOTH], [`/history/${chats[1].id}`, null, BOTH], ['/history?q=nothingatall'],
      ['/settings', null, BOTH], ['/settings/widgets'], [editor, (to) => to.locator('iframe[data-ready]').waitFor(), BOTH],
      [editor, tab(/^(Texts|文字)$/)], [editor, tab(/^(Form|聊前表单)$/), BOTH], [editor, tab(/^(Rules|规则)$/)],
      ['/settings/departments'], ['/settings/users', null, BOTH], ['/settings/users', press(/^(Invite user|邀请用户)$/), BOTH], ['/settings/roles', null, BOTH],
      ['/settings/api-keys'], ['/settings/api-keys', press(/^(New key|新建密钥)$/)],
      ['/settings/webhooks'], [`/settings/webhooks/${hook.id}`, (to) => to.locator('button.ant-table-row-expand-icon').first().click(), BOTH],
      ['/settings/events'], ['/settings/sites'], ['/me', null, BOTH], ['/me', press(/^(Turn on two-step sign-in|开启两步验证)$/)],
      ['/settings', (to) => to.keyboard.press('Control+KeyK').then(() => to.getByRole('listbox').waitFor())],
      ['/settings', (to) => to.locator('nav button').last().click(), BOTH],
    ]
  })

  async function visitor(n) {
    const ask = async (path, body, token) => {
      const answer = await fetch(house.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }, body: JSON.stringify(body) })
      assert.ok(answer.ok, `${path}: ${answer.status}`)
      return answer.json()
    }
    const { token } = await ask('/widget/visits', { site: 1, widget: 1, page: { url: 'https://shop.example/teapot', title: 'Teapots' }, language: 'en', time_zone: 'Asia/Shanghai' })
    await ask('/widget/chats', { client_id: crypto.randomUUID(), form: { name: `Visitor ${n}` }, message: 'Is this teapot in stock?' }, token)
  }

  // The languages alternate with the modes; small windows get the screens that are laid out differently there.
  const ways = [
    { language: 'zh', theme: 'light', size: 'wide' }, { language: 'en', theme: 'dark', size: 'wide' }, { language: 'zh', theme: 'dark', size: 'phone' },
  ]
  for (const { language, theme, size } of ways) {
    test(`axe finds nothing: ${language}, ${theme}, ${size}`, { timeout: 240_000 }, async () => {
      await page.evaluate((to) => fetch('/v1/me', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ language: to }) }), language)
      const cookies = await page.context().cookies()
      const to = await openWindow(size === 'phone' ? { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: theme } : { colorScheme: theme })
      await to.context().addInitScript((prefs) => localStorage.setItem('switchboard.prefs', JSON.stringify({ state: prefs, version: 0 })), { theme, language, sound: false, panel: true, site: 1 })
      const found = []
      const judge = async (path, act) => {
        await settled(to)
        await act?.(to)
        await settled(to)
        for (const line of await axe(to, RULES)) found.push(`${path}: ${line}`)
        if ((await to.evaluate(() => document.documentElement.scrollWidth - innerWidth)) > 1) found.push(`${path}: scrolls sideways`)
      }
      const load = (path) => to.goto(house.url + path).then(() => to.locator('h1').first().waitFor({ state: 'attached' }))
      for (const path of ['/sign-in', '/link#sbl_nothing']) await load(path).then(() => judge(path))
      await to.context().addCookies(cookies)
      for (const [path, act] of screens.filter((one) => size === 'wide' || one[2] === BOTH)) {
        await load(path)
        await judge(path, act)
      }
      await load('/docs/api')
      await judge('/docs/api')
      await to.context().close()
      assert.deepEqual(found, [])
    })
  }

  test('the browser had nothing to complain of', () => assert.deepEqual(noise, []))
})
