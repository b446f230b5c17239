// Connecting the site to other systems: cards, settings whose secrets are never shown, tests of the connection, logs, and the pace of webhooks.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { button, choose, dialog, row, startStandIn, WAYS } from './support/stand-in.mjs'

let house, page
const sent = []
before(async () => {
  house = await startStandIn()
  page = await house.open()
  page.on('request', (request) => { if (['PUT', 'POST', 'PATCH'].includes(request.method())) sent.push([request.method(), new URL(request.url()).pathname, request.postDataJSON()]) })
})
after(() => house?.stop())
const last = (method, path) => sent.findLast((one) => one[0] === method && one[1] === path)?.[2]

describe('integrations', () => {
  test('each card says how its system stands', async () => {
    await house.go(page, '/settings/integrations')
    await page.getByRole('link', { name: /Salesforce/ }).getByText('Works').waitFor()
    await page.getByRole('link', { name: /Zendesk/ }).getByText('Waiting after failures').waitFor()
    await page.getByRole('link', { name: /E-mail/ }).getByText('Not set up').waitFor()
  })

  test('a test of the connection shows every step, and where it stopped', async () => {
    await house.go(page, '/settings/integrations/salesforce')
    await button(page, 'Test connection').click()
    await page.getByText('The connection works', { exact: true }).waitFor()
    assert.equal(await page.locator('main ol li[data-ok="true"]').count(), 7)
    await house.go(page, '/settings/integrations/zendesk')
    await button(page, 'Test connection').click()
    await page.getByText('The connection does not work yet').waitFor()
    await page.locator('main ol li[data-ok="false"]', { hasText: 'Sign-in' }).waitFor()
  })

  test('a secret is never shown, stays when it is left alone, and is replaced or removed', async () => {
    await house.go(page, '/settings/integrations/zendesk')
    const token = page.getByLabel('API token', { exact: true })
    assert.equal(await token.inputValue(), '')
    await page.getByText('Saved, never shown.').waitFor()
    await page.getByLabel('Subject').fill('Chat of {{name}}')
    assert.equal(await button(page, 'Test connection').isDisabled(), true, 'unsaved settings can be tested')
    await button(page, 'Save').click()
    await page.getByText('Saved', { exact: true }).waitFor()
    assert.equal('api_token' in last('PUT', '/v1/integrations/zendesk').settings, false)
    await token.fill('fresh')
    await button(page, 'Save').click()
    await page.waitForFunction(() => document.querySelector('#api_token')?.value === '')
    assert.equal(last('PUT', '/v1/integrations/zendesk').settings.api_token, 'fresh')
    await button(page, 'Remove').click()
    await button(page, 'Save').click()
    await page.getByText('Saved, never shown.').waitFor({ state: 'hidden' })
    assert.equal(last('PUT', '/v1/integrations/zendesk').settings.api_token, null)
  })

  test('the way of signing in decides what is asked; a refusal stands at its field', async () => {
    await house.go(page, '/settings/integrations/salesforce')
    await page.getByLabel('Private key (PEM)').waitFor()
    await choose(page, page.locator('main'), 'Way of signing in', 'Client credentials')
    await page.getByLabel('Consumer secret').waitFor()
    assert.equal(await page.getByLabel('Private key (PEM)').count(), 0)
    await page.getByLabel('API version').fill('sixty')
    await button(page, 'Save').click()
    await page.locator('.ant-form-item-explain-error', { hasText: 'is a version such as v62.0' }).waitFor()
  })

  test('fields over there are filled from templates', async () => {
    await house.go(page, '/settings/integrations/salesforce')
    await button(page, 'Add a field to On the task').click()
    const task = page.getByRole('group', { name: 'On the task 1' })
    await task.getByLabel('Field over there').fill('Subject')
    await task.getByLabel('Text').fill('Chat with {{name}}')
    await button(page, 'Save').click()
    await page.getByText('Saved', { exact: true }).first().waitFor()
    assert.deepEqual(last('PUT', '/v1/integrations/salesforce').settings.tasks, [{ name: 'Subject', value: 'Chat with {{name}}' }])
  })

  test('what was done over there is listed', async () => {
    await house.go(page, '/settings/integrations/zendesk')
    await row(page, 'Ticket created').first().waitFor()
    await row(page, 'Failed').first().getByText("Couldn't authenticate you").waitFor()
  })

  test('a system is set up from nothing', async () => {
    await house.go(page, '/settings/integrations/email')
    assert.equal(await button(page, 'Test connection').isDisabled(), true)
    await page.getByRole('switch', { name: 'A mail server of our own' }).click()
    await page.getByLabel('Server', { exact: true }).fill('smtp.shop.example')
    await page.getByLabel('Password', { exact: true }).fill('letters')
    await button(page, 'Save').click()
    await page.getByText('Works').first().waitFor()
    assert.deepEqual(last('PUT', '/v1/integrations/email').settings.server, { host: 'smtp.shop.example', port: 587, security: 'starttls', user: '' })
  })
})

describe('webhooks', () => {
  test('only the pace that was changed is sent', async () => {
    await house.go(page, '/settings/webhooks/1')
    await page.getByText('5, 60, 600, 3600').waitFor()
    await button(page, 'Edit').click()
    await dialog(page).getByLabel('Most per second').fill('5')
    await button(dialog(page), 'Save').click()
    await dialog(page).waitFor({ state: 'hidden' })
    const body = last('PATCH', '/v1/webhooks/1')
    assert.equal(body.rate_per_s, 5)
    for (const name of ['filter', 'schedule', 'max_in_flight']) assert.equal(name in body, false, `${name} was sent`)
  })

  test('failed deliveries of a time are counted, then sent again', async () => {
    await house.go(page, '/settings/webhooks/1')
    await button(page, 'Send many again').click()
    await dialog(page).getByText(/^\d+ deliver(y|ies)$/).waitFor()
    const doing = dialog(page).getByRole('button', { name: /^Send \d+ again$/ })
    assert.equal(last('POST', '/v1/webhooks/1/resend').dry_run, true)
    await doing.click()
    await page.getByText(/queued again$/).waitFor()
    assert.equal(last('POST', '/v1/webhooks/1/resend').dry_run, false)
  })

  test('the list says which are disabled', async () => {
    await house.go(page, '/settings/webhooks')
    await row(page, 'ops.harbour.example').getByText('Disabled').waitFor()
    await row(page, 'crm.harbour.example').getByText('Failing').waitFor()
  })
})

describe('every screen', () => {
  const test_ = (to) => to.getByRole('button', { name: /^(Test connection|测试连接)$/ }).click().then(() => to.locator('main ol li[data-ok]').first().waitFor())
  const screens = [
    ['/settings/integrations'], ['/settings/integrations/salesforce', test_], ['/settings/integrations/zendesk', test_], ['/settings/integrations/email', (to) => to.getByRole('switch').first().click()],
    ['/settings/webhooks'], ['/settings/webhooks/1', (to) => to.getByRole('button', { name: /^(Edit|编辑)$/ }).click()], ['/settings/webhooks/1', (to) => to.getByRole('button', { name: /^(Send many again|批量重发)$/ }).click()],
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
