// Two nodes on PostgreSQL and Redis serve one site: the agent on one, the visitor on the other, and everything breaks in turn.
// What is said meanwhile arrives, once, in one order on both screens, and no screen is loaded again.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { startBalancer } from './support/balancer.mjs'
import { startBrowser } from './support/browser.mjs'
import { desk, hire, openConsole, openShop, startShop, widget } from './support/chat.mjs'
import { startHouse, until } from './support/house.mjs'

const { SWITCHBOARD_TEST_POSTGRES: postgres, SWITCHBOARD_TEST_REDIS: redis } = process.env
const missing = !postgres ? 'SWITCHBOARD_TEST_POSTGRES is not set' : !redis ? 'SWITCHBOARD_TEST_REDIS is not set' : false
const run = promisify(execFile)
const psql = async (sql) => (await run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', postgres, '-c', sql])).stdout.trim()

/** One command to the Redis database that the nodes share. */
const command = (words) => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(redis)
  const socket = connect(Number(port || 6379), hostname)
  let said = ''
  socket.on('error', reject)
  socket.on('data', (bytes) => {
    said += bytes
    if (said.split('\r\n').length > 2) { socket.end(); resolve(said) }
  })
  socket.write(`SELECT ${slot}\r\n${words}\r\n`)
})
const slot = 5 + (process.pid % 5)
const database = `switchboard_journey_${randomBytes(6).toString('hex')}`

describe('two nodes', { skip: missing }, () => {
  let folder, browser, agent, shop, one, two, first, second, v, d

  const start = (id, port = 0) => startHouse({
    folder,
    env: {
      SWITCHBOARD_LISTEN: `127.0.0.1:${port}`,
      SWITCHBOARD_DATA: join(folder, `node-${id}`),
      SWITCHBOARD_DATABASE__URL: Object.assign(new URL(postgres), { pathname: `/${database}` }).href,
      SWITCHBOARD_REDIS__URL: new URL(`/${slot}`, redis).href,
      SWITCHBOARD_NODE__ID: String(id),
      SWITCHBOARD_BLOB__FOLDER: join(folder, 'blobs'),
    },
  })
  const portOf = (node) => Number(new URL(node.url).port)
  const messages = async () => {
    const { chats } = await agent.call('GET', '/v1/desk')
    const { items } = await agent.call('GET', `/v1/chats/${chats[0].id}/messages?after_seq=0&limit=200`)
    return items.filter((entry) => entry.kind === 'message').map((entry) => entry.text)
  }
  /** Both write while `trouble` happens; then both screens and the record hold the same, each word once. */
  const through = async (name, trouble) => {
    const known = await v.texts()
    const mine = []
    const theirs = []
    const talk = async (n) => {
      mine.push(`${name}: visitor ${n}`)
      await v.say(mine.at(-1))
      theirs.push(`${name}: agent ${n}`)
      await d.say(theirs.at(-1))
    }
    await talk(1)
    const over = trouble()
    for (const n of [2, 3, 4]) await talk(n)
    await over
    await talk(5)
    const all = [...known, ...mine, ...theirs].sort()
    const whole = async () => {
      const [left, right] = [await v.texts(), await d.texts()]
      return left.length >= all.length && right.length >= all.length && (await v.page.locator('.tick:has(.icon-clock), .tick.bad').count()) === 0 && (await d.page.locator('[data-unsent]').count()) === 0
    }
    await until(whole, 45_000, 'not all that was said arrived').catch(async (error) => {
      throw new Error(`${error.message}\nvisitor: ${(await v.texts()).slice(known.length)}\nagent: ${(await d.texts()).slice(known.length)}\nkept: ${(await messages().catch((e) => [e.message])).slice(known.length)}`)
    })
    const record = await until(() => messages().catch(() => null), 15_000, 'the record cannot be read')
    assert.deepEqual([...record].sort(), all, 'the record')
    assert.deepEqual(await v.texts(), record, 'the visitor\'s screen')
    assert.deepEqual(await d.texts(), record, 'the agent\'s screen')
    for (const said of [mine, theirs]) assert.deepEqual(record.filter((text) => said.includes(text)), said, 'one\'s own words changed places')
    for (const { page } of [v, d]) assert.equal(await page.evaluate(() => window.neverLoadedAgain), true, 'a screen was loaded again')
    await v.page.locator('.bar.warn').waitFor({ state: 'detached' })
    await v.fate(mine.at(-1), 'read')
    await d.said(theirs.at(-1)).locator('[data-fate=read]').waitFor()
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-nodes-'))
    await psql(`create database ${database}`)
    await command('FLUSHDB')
    one = await start(1)
    two = await start(2)
    first = await startBalancer([portOf(one), portOf(two)])
    second = await startBalancer([portOf(two), portOf(one)])
    browser = await startBrowser()
    // Whoever starts while nobody has a password prints a link; the last one counts.
    agent = await hire({ link: two.link || one.link, url: first.url })
    shop = await startShop(second.url)
    const console = await openConsole(browser, first.url, agent)
    v = widget(await openShop(browser, shop.url))
    await v.start({ name: 'Far Away', message: 'hello from the other node' })
    d = desk(console)
    await d.pick('Far Away')
    await d.said('hello from the other node').waitFor()
    for (const { page } of [v, d]) await page.evaluate(() => { window.neverLoadedAgain = true })
  })
  after(async () => {
    await browser?.close()
    shop?.stop()
    for (const part of [first, second]) part?.stop()
    await Promise.allSettled([one?.kill(), two?.kill()])
    await psql(`drop database if exists ${database} with (force)`)
    await command('FLUSHDB').catch(() => {})
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  test('nothing is broken: words, typing and marks cross the nodes', async () => {
    assert.ok(first.open(portOf(one)) > 0 && first.open(portOf(two)) === 0, 'the agent is on the first node')
    assert.ok(second.open(portOf(two)) > 0 && second.open(portOf(one)) === 0, 'the visitor is on the second node')
    await through('calm', async () => {})
    await v.write.pressSequentially('across')
    await d.page.locator('[class*=preview]', { hasText: 'across' }).waitFor()
    await v.write.fill('')
    await d.page.locator('textarea').pressSequentially('hm')
    await v.page.getByText('Lin Wei is typing').waitFor()
    await d.page.locator('textarea').fill('')
  })

  test('the visitor\'s node is killed, and comes back', async () => {
    const port = portOf(two)
    await through('kill two', () => two.kill('SIGKILL'))
    await through('two returns', async () => { two = await start(2, port) })
    second.cut()
    await through('home again', () => until(() => second.open(port) > 0, 20_000, 'the visitor did not return to the second node'))
  })

  test('the agent\'s node is killed, and comes back', async () => {
    const port = portOf(one)
    await through('kill one', () => one.kill('SIGKILL'))
    await through('one returns', async () => { one = await start(1, port) })
    first.cut()
    await through('home again too', () => until(() => first.open(port) > 0, 20_000, 'the agent did not return to the first node'))
  })

  test('both nodes are killed at once', async () => {
    const [a, b] = [portOf(one), portOf(two)]
    await through('kill both', async () => {
      await Promise.all([one.kill('SIGKILL'), two.kill('SIGKILL')])
      ;[one, two] = await Promise.all([start(1, a), start(2, b)])
    })
  })

  test('every connection is cut, three times', async () => {
    await through('cut', async () => {
      for (let n = 0; n < 3; n++) {
        first.cut()
        second.cut()
        await until(() => first.open(portOf(one)) > 0 && second.open(portOf(two)) > 0, 20_000, 'nobody came back')
      }
    })
  })

  test('Redis forgets everything', async () => {
    await through('flush', () => command('FLUSHDB'))
    await until(async () => (await agent.call('GET', '/v1/desk')).me.status === 'online', 40_000, 'the agent is not seated again')
    const { items } = await agent.call('GET', '/v1/visitors')
    assert.ok(items.every((item) => item.status === 'chatting'), JSON.stringify(items))
  })

  test('PostgreSQL throws out every connection', async () => {
    await through('terminate', () => psql(`select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`))
  })

  test('it ends on both screens', async () => {
    await v.end()
    await d.page.getByText('This chat has ended').waitFor()
    await v.page.getByText('How was this chat?').waitFor()
    assert.deepEqual(v.page.thrown, [])
    assert.deepEqual(d.page.thrown, [])
  })
})
