// Somebody who looks after the pipeline: state, archive, dead letters, replays, subscriptions and alarms in the console.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { button, choose, dialog, row, startStandIn, WAYS } from './support/stand-in.mjs'
import { until } from './support/house.mjs'

let house, page
before(async () => {
  house = await startStandIn()
  page = await house.open()
})
after(() => house?.stop())

describe('the pipeline', () => {
  test('the overview tells level, brokers, where the outbox publishes, and refreshes itself', async () => {
    await house.go(page, '/settings/events')
    await page.getByText('Behind', { exact: true }).waitFor()
    const stations = page.getByRole('list', { name: 'The way of the events' })
    await stations.getByText('connection refused').waitFor()
    assert.match(await stations.locator('[data-used]').innerText(), /remote[\s\S]*The outbox publishes here now/)
    const said = () => page.getByText(/^As of /).innerText()
    const before = await said()
    await until(async () => (await said()) !== before, 10_000, 'the figures are not asked for again')
  })

  test('a queue is paused after a word about it, and goes on', async () => {
    await house.go(page, '/settings/events')
    await button(page, 'Pause Chat.Ended.Email').click()
    await dialog(page).getByText('nothing is lost').waitFor()
    await button(dialog(page), 'Pause').click()
    await button(page, 'Resume Chat.Ended.Email').waitFor()
    await button(page, 'Resume Chat.Ended.Email').click()
    await button(page, 'Pause Chat.Ended.Email').waitFor()
  })

  test('the dead letters of a queue are one click away', async () => {
    await house.go(page, '/settings/events')
    await page.getByRole('link', { name: /dead letters of Chat\.Ended\.Salesforce/ }).click()
    await page.waitForURL(/dead-letters\?queue=Chat\.Ended\.Salesforce/)
    await row(page, 'Chat.Ended.Salesforce').first().waitFor()
    await until(async () => {
      const all = await page.locator('main tbody tr[data-row-key]').count()
      return all > 0 && all === (await page.locator('main tbody tr[data-row-key]', { hasText: 'Chat.Ended.Salesforce' }).count())
    }, 10_000, 'letters of other queues are listed')
  })
})

describe('the archive', () => {
  test('events are found by type and key, and the address keeps the question', async () => {
    await house.go(page, '/settings/events/explorer')
    await choose(page, page.locator('main'), 'Event', 'Chat.Ended')
    await page.waitForURL(/type=Chat\.Ended/)
    await until(async () => (await page.locator('main tbody tr[data-row-key]').count()) === (await row(page, 'Chat.Ended').count()), 10_000, 'other events are listed')
    await page.locator('main tbody button').first().click()
    await page.waitForURL(/key=/)
    const url = page.url()
    await page.locator('main tbody a').first().click()
    await page.getByRole('heading', { level: 1, name: 'Chat.Ended' }).waitFor()
    await page.getByRole('link', { name: 'Explorer' }).last().click()
    await page.waitForURL(url)
  })

  test('one event shows its content and its way, queue by queue', async () => {
    await house.go(page, '/settings/events/explorer?type=Chat.Ended')
    await page.locator('main tbody a').nth(2).click()
    const way = page.getByRole('region', { name: 'The way it went' })
    await way.getByText('Announced').waitFor()
    await way.getByText('Archived').waitFor()
    const lane = way.locator('li', { hasText: 'Chat.Ended.Webhook' }).first()
    await lane.getByText('Waits for the next try').waitFor()
    await lane.getByText('Delivered').waitFor()
    assert.match(await page.getByRole('region', { name: 'Content' }).locator('pre').first().innerText(), /"ChatGuid": "/)
  })
})

describe('dead letters', () => {
  test('one is read with its causes and its envelope, and sent round again', async () => {
    await house.go(page, '/settings/events/dead-letters')
    const letters = page.locator('main tbody tr[data-row-key]')
    const before = await letters.count()
    await page.locator('.ant-table-row-expand-icon').first().click()
    await page.getByText('timed out after 10 s').waitFor()
    await page.getByLabel('The whole envelope').waitFor()
    await button(page.locator('main tbody tr[data-row-key]').first(), 'Replay').click()
    await until(async () => (await letters.count()) === before - 1, 10_000, 'it is still listed')
  })

  test('many are counted before they are replayed or dropped', async () => {
    await house.go(page, '/settings/events/dead-letters?queue=Chat.Ended.Salesforce')
    const before = await page.locator('main tbody tr[data-row-key]').count()
    await button(page, 'Replay these').click()
    await dialog(page).getByText(new RegExp(`^${before} dead letters?$`)).waitFor()
    await button(dialog(page), 'Cancel').click()
    assert.equal(await page.locator('main tbody tr[data-row-key]').count(), before, 'counting changed something')
    await button(page, 'Replay these').click()
    await button(dialog(page), `Replay ${before}`).click()
    await page.getByText('Nothing found').waitFor()
    await house.go(page, '/settings/events/dead-letters')
    await button(page, 'Drop all').click()
    await dialog(page).getByText('cannot be undone').waitFor()
    await dialog(page).getByRole('button', { name: /^Drop \d+$/ }).click()
    await page.getByText('All is well').waitFor()
  })
})

describe('replays', () => {
  test('a replay says how many it is for, begins, shows its progress and is cancelled', async () => {
    await house.go(page, '/settings/events/replays')
    await button(page, 'Count').click()
    await page.getByText('Choose at least one').waitFor()
    await choose(page, page.locator('main'), 'Into these queues', 'Chat.Ended.Webhook')
    await button(page, '24 hours').click()
    await button(page, 'Count').click()
    await page.getByText(/^\d+ events would go to 1 queues?\./).waitFor()
    await page.getByRole('button', { name: /^Replay \d+ events$/ }).click()
    const first = page.getByRole('region', { name: 'Replays' }).locator('li').first()
    await first.getByText('Running').waitFor()
    await first.getByRole('progressbar').waitFor()
    await button(first, 'Cancel').click()
    await dialog(page).getByRole('button', { name: 'Cancel' }).last().click()
    await first.getByText('Cancelled').waitFor()
  })
})

describe('subscriptions', () => {
  test('one is added with a filter, becomes active, is refused, changed and deleted', async () => {
    await house.go(page, '/settings/events/subscriptions')
    await button(page, 'New subscription').click()
    await dialog(page).getByLabel('Event', { exact: true }).fill('Visitor.Rating')
    await dialog(page).getByLabel('Queue', { exact: true }).fill('bad ratings')
    await button(dialog(page), 'Add a condition').click()
    await dialog(page).getByLabel('Field').fill('Grade')
    await dialog(page).getByLabel('Values').fill('1')
    await page.keyboard.press('Enter')
    await button(dialog(page), 'Create').click()
    await dialog(page).getByText('holds no blanks').waitFor()
    await dialog(page).getByLabel('Queue', { exact: true }).fill('Ratings.Bad')
    await button(dialog(page), 'Create').click()
    const mine = row(page, 'Ratings.Bad')
    await mine.getByText('Grade = 1').waitFor()
    await mine.getByText('Active', { exact: true }).waitFor()
    await mine.getByRole('switch').click()
    await dialog(page).getByText('replay them from the archive').waitFor()
    await button(dialog(page), 'Pause').click()
    await mine.getByText('Paused', { exact: true }).waitFor()
    await button(mine, 'Delete').click()
    await dialog(page).getByText('is still handled').waitFor()
    await button(dialog(page), 'Delete').click()
    await mine.waitFor({ state: 'hidden' })
  })

  test('what the product subscribes itself cannot be deleted', async () => {
    await house.go(page, '/settings/events/subscriptions')
    assert.equal(await button(row(page, 'Archive.Persistence'), 'Delete').count(), 0)
  })
})

describe('alarms', () => {
  test('they stand over the screen without covering it, and stay away once hidden', async () => {
    await house.go(page, '/desk')
    const bar = page.getByRole('region', { name: 'Alarms' })
    await bar.getByText('The broker main cannot be reached').waitFor()
    const [under, main] = await Promise.all([bar.boundingBox(), page.locator('main').boundingBox()])
    assert.ok(main.y >= under.y + under.height - 1, 'the alarms cover the work')
    await bar.getByRole('button', { name: '1 more' }).click()
    await bar.getByText('The queue Chat.Ended.Webhook is 1 min 11 secs behind').waitFor()
    await button(bar, 'Hide until something new happens').click()
    await bar.waitFor({ state: 'hidden' })
    await house.go(page, '/visitors')
    assert.equal(await bar.isVisible(), false)
  })
})

describe('permissions', () => {
  test('who may only look finds no button that would be refused', async () => {
    const viewer = await house.open({ permissions: 'view_events', superadmin: false })
    await house.go(viewer, '/settings/events')
    assert.equal(await viewer.getByRole('button', { name: /^Pause/ }).count(), 0)
    await house.go(viewer, '/settings/events/subscriptions')
    assert.equal(await viewer.getByRole('switch').count(), 0)
    await house.go(viewer, '/settings/events/dead-letters')
    assert.equal(await viewer.getByRole('button', { name: /Replay|Drop/ }).count(), 0)
    await house.go(viewer, '/settings/events/subscriptions')
    assert.equal(await viewer.getByRole('button', { name: 'New subscription' }).count(), 0)
    await viewer.context().close()
  })

  test('who may see nothing of it has no way to it', async () => {
    const agent = await house.open({ permissions: 'answer_chats,view_visitors', superadmin: false })
    await house.go(agent, '/desk')
    assert.equal(await agent.getByRole('link', { name: 'Settings' }).count(), 0)
    assert.equal(await agent.getByRole('region', { name: 'Alarms' }).count(), 0)
    await house.go(agent, '/settings/events')
    await agent.getByText('You may not see this page').first().waitFor()
    await agent.context().close()
  })
})

describe('every screen', () => {
  const screens = [
    ['/settings/events'], ['/settings/events/explorer'], ['/settings/events/explorer?key=nothing'],
    ['/settings/events/explorer?type=Chat.Ended', async (to) => { await to.locator('tbody a').nth(2).click(); await to.locator('main pre').first().waitFor() }],
    ['/settings/events/dead-letters'], ['/settings/events/replays'], ['/settings/events/subscriptions'],
    ['/settings/events/subscriptions', (to) => to.getByRole('button', { name: /(New subscription|新建订阅)$/ }).click()],
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
