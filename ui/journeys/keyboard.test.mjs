// A shift at the desk without a mouse: signing in, a chat accepted, answered, handed on and ended, and found again in the history.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startBrowser } from './support/browser.mjs'
import { watchErrors } from './support/chat.mjs'
import { signIn, startHouse, until } from './support/house.mjs'

const PASSWORD = 'a long enough password'
let house, browser, page, call, chooser

before(async () => {
  house = await startHouse()
  await until(() => { house.link = house.said.match(/https?:\/\/\S+\/link#\S+\n/)?.[0].trim(); return house.link }, 5_000, 'no sign-in link was printed')
  ;({ call } = await signIn(house))
  await call('PUT', '/v1/me/password', { new: PASSWORD })
  const { items: [me] } = await call('GET', '/v1/users')
  await call('PATCH', `/v1/users/${me.id}`, { name: 'Lin Wei', chat_limit: 1, accepts_chats: true })
  await call('PATCH', '/v1/me', { language: 'en' })
  await call('POST', '/v1/departments', { name: 'Workshop', members: [] })
  browser = await startBrowser()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce' })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.thrown = watchErrors(page)
  // Listened for from the start: what is asked for at once must not be missed.
  page.on('filechooser', (one) => { chooser = one })
  // A mouse that does anything here would be a lie.
  for (const way of ['click', 'dblclick', 'tap', 'check', 'selectOption']) page[way] = () => assert.fail('no mouse')
})
after(async () => {
  await browser?.close()
  await house?.stop()
})

const press = (keys) => page.keyboard.press(keys)
const type = (words) => page.keyboard.type(words)
/** What a person hears of the focused element. */
const focused = () => page.evaluate(() => {
  const { activeElement: one } = document
  // Between the last thing on the page and the first.
  if (one === document.body) return { label: '', seen: true }
  const label = one.getAttribute('aria-label') ?? one.closest('label')?.innerText ?? one.innerText
  return { label: label?.replace(/\s+/g, ' ').trim() ?? '', seen: one.matches(':focus-visible') }
})
/** Goes on with Tab until what has the focus is called this; on the way nothing that has it may be invisible. */
async function tabTo(name, keys = 'Tab') {
  const way = []
  for (let step = 0; step < 60; step += 1) {
    await press(keys)
    const { label, seen } = await focused()
    assert.ok(seen, `the focus on "${label}" is not shown`)
    if (name.test(label)) return
    way.push(label.slice(0, 40))
  }
  assert.fail(`Tab never comes to ${name}: ${way.join(' → ')}`)
}
async function visitor(name, message) {
  const ask = async (path, body, token) => {
    const answer = await fetch(house.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }, body: JSON.stringify(body) })
    assert.ok(answer.ok, `${path}: ${answer.status}`)
    return answer.json()
  }
  const { token } = await ask('/widget/visits', { site: 1, widget: 1, page: { url: 'https://shop.example/teapot', title: 'Teapots' }, language: 'en', time_zone: 'Asia/Shanghai' })
  await ask('/widget/chats', { client_id: crypto.randomUUID(), form: { name }, message }, token)
  return until(async () => (await call('GET', '/v1/chats')).items.find((chat) => chat.visitor.name === name), 10_000, `no chat of ${name}`)
}
const chat = (id) => call('GET', `/v1/chats/${id}`)
const said = async (id) => (await call('GET', `/v1/chats/${id}/messages`)).items.filter(({ kind }) => kind === 'message').map(({ text, upload }) => text ?? upload.name)
const onScreen = (words) => page.locator('[role=log] li[id]', { hasText: words }).first().waitFor()

describe('a shift without a mouse', () => {
  let first, second

  test('signs in', async () => {
    await page.goto(house.url)
    await page.locator('input[type=email]:focus').waitFor()
    await type('admin@localhost')
    await press('Tab')
    await type(PASSWORD)
    await press('Enter')
    await page.waitForURL(/\/desk/)
    await page.getByRole('tablist').waitFor()
  })

  test('goes online from the palette', async () => {
    await press('Control+KeyK')
    await page.getByRole('combobox').waitFor()
    await type('online')
    await page.getByRole('option', { name: /online/i }).first().waitFor()
    await press('Enter')
    await until(async () => (await call('GET', '/v1/desk')).me.status === 'online', 10_000, 'the agent is not online')
  })

  test('accepts who waits, and may write at once', async () => {
    first = await visitor('Ada', 'Is this teapot in stock?')
    await until(async () => (await chat(first.id)).status === 'chatting', 10_000, 'the first chat was not given')
    second = await visitor('Bo', 'My lid is broken')
    await page.waitForFunction(() => document.querySelector('#tab-queue .sb-num')?.textContent === '1')
    await press('Alt+KeyA')
    await page.waitForURL(new RegExp(second.id))
    await page.locator('textarea:focus').waitFor()
    assert.equal((await chat(second.id)).agent.name, 'Lin Wei')
    await page.waitForFunction(() => /Bo · Desk · Switchboard$/.test(document.title))
  })

  test('answers, in more than one line', async () => {
    await type('I am sorry to hear that.')
    await press('Shift+Enter')
    await type('Let me look.')
    await press('Enter')
    await onScreen('Let me look.')
    assert.deepEqual(await said(second.id), ['My lid is broken', 'I am sorry to hear that.\nLet me look.'])
  })

  test('keeps a draft with its chat', async () => {
    await type('half a thought')
    for (const [name, draft] of [['Ada', ''], ['Bo', 'half a thought']]) {
      await press('Alt+KeyJ')
      await page.waitForFunction(([who, words]) => document.title.includes(who) && document.querySelector('textarea')?.value === words, [name, draft])
    }
    await press('Control+KeyA')
    await press('Delete')
  })

  test('attaches a file', async () => {
    await tabTo(/^Send a file or picture$/)
    await press('Enter')
    await (await until(() => chooser, 10_000, 'no file is asked for')).setFiles({ name: 'spare-lids.txt', mimeType: 'text/plain', buffer: Buffer.from('white, celadon, black') })
    await onScreen('spare-lids.txt')
    assert.equal((await said(second.id)).at(-1), 'spare-lids.txt')
  })

  test('hands the chat to another department', async () => {
    await press('Alt+KeyT')
    const dialog = page.getByRole('dialog', { name: 'Transfer Bo' })
    await dialog.waitFor()
    await tabTo(/^Colleague$/)
    await press('ArrowRight')
    await dialog.getByRole('radio', { name: /Workshop/ }).waitFor()
    await tabTo(/members?$/)
    for (let step = 0; !/Workshop/.test((await focused()).label) && step < 5; step += 1) await press('ArrowDown')
    if (!(await dialog.getByRole('radio', { name: /Workshop/ }).isChecked())) await press('Space')
    await tabTo(/^Transfer$/)
    await press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    const moved = await until(async () => { const now = await chat(second.id); return now.department?.name === 'Workshop' && now }, 10_000, 'it was not handed on')
    assert.deepEqual([moved.status, moved.agent ?? null], ['waiting', null])
  })

  test('answers the other chat and ends it', async () => {
    await press('Alt+KeyJ')
    await page.waitForURL(new RegExp(first.id))
    await onScreen('Is this teapot in stock?')
    await press('Alt+KeyL')
    await type('It is, in three colours.')
    await press('Enter')
    await onScreen('It is, in three colours.')
    await press('Alt+KeyE')
    await page.getByRole('dialog').waitFor()
    await page.waitForFunction(() => document.activeElement.closest('[role=dialog]') && document.activeElement.matches('button'))
    if ((await focused()).label !== 'End') await tabTo(/^End$/)
    await press('Enter')
    await page.getByText('This chat has ended.').waitFor()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    assert.equal((await chat(first.id)).ended_by, 'agent')
  })

  test('finds it in the history, by its words', async () => {
    await press('Alt+KeyH')
    await page.waitForURL(/\/history/)
    await tabTo(/^Search messages, names, e-mails$/)
    await type('three colours')
    await page.waitForURL(/q=three/)
    await page.locator('main ul mark').first().waitFor()
    await tabTo(/Ada/)
    await press('Enter')
    await page.waitForURL(new RegExp(first.id))
    await page.getByRole('region', { name: 'Messages' }).locator('mark', { hasText: 'three' }).first().waitFor()
    await page.waitForFunction(() => /History · Switchboard$/.test(document.title))
  })

  test('nothing was thrown meanwhile', () => assert.deepEqual(page.thrown, []))
})
