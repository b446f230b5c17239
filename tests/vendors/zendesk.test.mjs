// The Zendesk simulator is driven by node-zendesk, which knows nothing of us.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import zendeskClients from 'node-zendesk'
import { startSim } from './support/sim.mjs'

let sim, client

const quiet = Object.fromEntries(['fatal', 'error', 'warn', 'info', 'debug', 'trace'].map((level) => [level, () => {}]))

before(async () => { sim = await startSim('zendesk') })
after(() => sim.stop())

beforeEach(async () => {
  await sim.control('reset')
  client = zendeskClients.createClient({ username: 'bot@acme.example', token: 'sim-token', endpointUri: `${sim.url}/api/v2`, logger: quiet })
})

const ticket = (more = {}) => ({ ticket: { subject: 'Prices', comment: { body: 'Hello' }, requester: { name: 'Ada', email: 'ada@example.com' }, ...more } })

test('who signed in is known, by token and by OAuth', async () => {
  assert.equal((await client.users.me()).result.email, 'bot@acme.example')
  const bearer = zendeskClients.createClient({ token: 'sim-oauth', oauth: true, endpointUri: `${sim.url}/api/v2`, logger: quiet })
  assert.equal((await bearer.users.me()).result.role, 'admin')
  const stranger = zendeskClients.createClient({ username: 'bot@acme.example', token: 'wrong', endpointUri: `${sim.url}/api/v2`, logger: quiet })
  await assert.rejects(stranger.tickets.list(), /\(401\)/)
})

test('tickets are made, read, changed, listed and removed', async () => {
  const { result: made } = await client.tickets.create(ticket({ external_id: 'chat:1', tags: ['chat'] }))
  assert.deepEqual([made.status, made.external_id, made.tags], ['new', 'chat:1', ['chat']])
  const { result: shown } = await client.tickets.show(made.id)
  assert.equal(shown.subject, 'Prices')
  await client.tickets.update(made.id, { ticket: { status: 'open', comment: { body: 'A note', public: false } } })
  const comments = await client.tickets.getComments(made.id)
  assert.deepEqual(comments.map((one) => [one.body, one.public]), [['Hello', true], ['A note', false]])
  await client.tickets.create(ticket())
  assert.equal((await client.tickets.list()).length, 2)
  const found = await client.tickets.listWithFilter('external_id', 'chat:1')
  assert.deepEqual(found.map((one) => one.id), [made.id])
  const searched = await client.search.query('type:ticket external_id:chat:1')
  assert.deepEqual((searched.result ?? searched).map((one) => one.id), [made.id])
  await client.tickets.delete(made.id)
  await assert.rejects(client.tickets.show(made.id), /\(404\)/)
})

test('more than a page of tickets comes page by page', async () => {
  const many = Array.from({ length: 100 }, (_, at) => ticket({ subject: `Nr ${at}` }).ticket)
  for (let call = 0; call < 3; call += 1) {
    const { result } = await client.tickets.createMany({ tickets: many })
    const id = (result.job_status ?? result).id
    const { result: job } = await client.jobstatuses.show(id)
    assert.equal((job.job_status ?? job).status, 'completed')
  }
  assert.equal((await client.tickets.list()).length, 300)
})

test('what a ticket must not be is refused with the field at fault', async () => {
  await assert.rejects(client.tickets.create(ticket({ priority: 'huge' })), /\(422\)/)
  await assert.rejects(client.tickets.create({ ticket: { subject: 'empty' } }), /\(422\)/)
  const { result: made } = await client.tickets.create(ticket({ status: 'closed' }))
  await assert.rejects(client.tickets.update(made.id, { ticket: { status: 'open' } }), /\(422\)/)
  const { result: open } = await client.tickets.create(ticket())
  await assert.rejects(client.tickets.update(open.id, { ticket: { safe_update: true, updated_stamp: '2020-01-01T00:00:00Z', status: 'open' } }), /\(409\)/)
})

test('users are found by their address and made once', async () => {
  const one = await client.users.createOrUpdate({ user: { name: 'Ada', email: 'ada@example.com' } })
  const other = await client.users.createOrUpdate({ user: { name: 'Ada Lovelace', email: 'ADA@example.com' } })
  assert.equal(one.result.id, other.result.id)
  assert.deepEqual((await client.users.search({ query: 'lovelace' })).map((user) => user.name), ['Ada Lovelace'])
})

test('files are uploaded first and go with a comment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vendors-'))
  try {
    await writeFile(join(folder, 'plan.txt'), 'the plan')
    const told = await client.attachments.upload(join(folder, 'plan.txt'), { filename: 'plan.txt' })
    const { token } = told.upload ?? told.result?.upload ?? told.result
    const { result: made } = await client.tickets.create(ticket({ comment: { body: 'See this', uploads: [token] } }))
    const [comment] = await client.tickets.getComments(made.id)
    assert.deepEqual(comment.attachments.map((file) => [file.file_name, file.size]), [['plan.txt', 8]])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('the same key makes one ticket, and a used-up minute says when to come again', async () => {
  const keyed = zendeskClients.createClient({
    username: 'bot@acme.example', token: 'sim-token', endpointUri: `${sim.url}/api/v2`, logger: quiet, customHeaders: { 'Idempotency-Key': 'chat-1-c1' },
  })
  const first = await keyed.tickets.create(ticket())
  const second = await keyed.tickets.create(ticket())
  assert.equal(first.result.id, second.result.id)
  assert.deepEqual([first.response, second.response].map((one) => one.headers.get('x-idempotency-lookup')), ['miss', 'hit'])
  await assert.rejects(keyed.tickets.create(ticket({ subject: 'other' })), /\(400\)/)
  await sim.control('setup', { rate_limit: 0 })
  const limited = await client.tickets.show(first.result.id).catch((error) => error)
  assert.ok(/\(429\)|rate limit/i.test(String(limited.message ?? limited)) || limited.response?.status === 429, 'told that it is too much')
})
