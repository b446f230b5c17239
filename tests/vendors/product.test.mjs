// The product itself between a visitor and two vendors: matched before the chat, told when it ends, once, whatever is lost on the way.
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import jsforce from 'jsforce'
import zendeskClients from 'node-zendesk'
import { hire } from '../../ui/journeys/support/chat.mjs'
import { startHouse, until } from '../../ui/journeys/support/house.mjs'
import { startSim } from './support/sim.mjs'

let house, agent, salesforce, zendesk, conn, desk

before(async () => {
  ;[salesforce, zendesk] = await Promise.all([startSim('salesforce'), startSim('zendesk')])
  house = await startHouse({ env: { SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE: 'true', SWITCHBOARD_LIMITS__ENABLED: 'false' } })
  agent = await hire(house)
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await salesforce.control('setup', { public_key: publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64') })
  await agent.call('PUT', '/v1/integrations/salesforce', {
    enabled: true,
    settings: {
      login_url: salesforce.url, flow: 'jwt_bearer', client_id: 'sim-client', username: 'agent@acme.example',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), external_id_field: 'Switchboard_Chat_Id__c', purpose: 1,
    },
  })
  await agent.call('PUT', '/v1/integrations/zendesk', {
    enabled: true, settings: { url: zendesk.url, auth: 'token', email: 'bot@acme.example', api_token: 'sim-token' },
  })
  conn = new jsforce.Connection({ loginUrl: salesforce.url, version: '62.0', oauth2: { loginUrl: salesforce.url, clientId: 'sim-client', clientSecret: 'sim-secret' } })
  await conn.authorize({ grant_type: 'client_credentials' })
  const quiet = Object.fromEntries(['fatal', 'error', 'warn', 'info', 'debug', 'trace'].map((level) => [level, () => {}]))
  desk = zendeskClients.createClient({ username: 'bot@acme.example', token: 'sim-token', endpointUri: `${zendesk.url}/api/v2`, logger: quiet })
})

after(async () => {
  await house?.stop()
  salesforce?.stop()
  zendesk?.stop()
})

/** A visitor asks for a chat. */
async function asks(name, email, message) {
  let token
  const call = async (method, path, body) => {
    const headers = { origin: house.url, 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const response = await fetch(house.url + path, { method, headers, body: JSON.stringify(body) })
    const answer = await response.json().catch(() => null)
    assert.ok(response.ok, `${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
  token = (await call('POST', '/widget/visits', { site: 1, widget: 1, page: { url: 'https://shop.example/prices', title: 'Prices' }, language: 'en', time_zone: 'UTC', screen: '1x1' })).token
  const chat = await call('POST', '/widget/chats', { client_id: randomUUID(), form: { name, email }, message })
  return { id: chat.id, end: () => call('POST', '/widget/chat/end', {}) }
}

const done = async (kind, chat) => (await agent.call('GET', `/v1/integrations/${kind}/log?state=done`)).items.find((line) => line.chat === chat && line.what !== 'matched')

test('each connection passes its test, and shows no secret', async () => {
  for (const kind of ['salesforce', 'zendesk']) {
    const told = await agent.call('POST', `/v1/integrations/${kind}/test`)
    assert.equal(told.ok, true, JSON.stringify(told.steps))
  }
  const shown = await agent.call('GET', '/v1/integrations/salesforce')
  assert.deepEqual(shown.settings.private_key, { set: true })
  const { items } = await agent.call('GET', '/v1/integrations')
  assert.ok(items.filter((one) => one.enabled).every((one) => one.state === 'ok'))
})

test('who asks is matched before the chat, and its end becomes a case and a ticket', async () => {
  const { id: contact } = await conn.sobject('Contact').create({ FirstName: 'Mei', LastName: 'Chen', Email: 'mei@example.com' })
  const chat = await asks('Mei Chen', 'mei@example.com', 'How much is it?')
  const known = await until(() => agent.call('GET', `/v1/chats/${chat.id}/crm`).catch(() => null), 15_000, 'nobody was matched')
  assert.deepEqual([known.contact.id, known.contact.name], [contact, 'Mei Chen'])
  await chat.end()
  await until(() => done('salesforce', chat.id), 20_000, () => `no case:\n${house.log}`)
  await until(() => done('zendesk', chat.id), 20_000, () => `no ticket:\n${house.log}`)
  const cases = await conn.sobject('Case').find({ Switchboard_Chat_Id__c: chat.id }, ['Id', 'ContactId', 'Description'])
  assert.deepEqual(cases.map((one) => one.ContactId), [contact])
  assert.match(cases[0].Description, /How much is it\?/)
  const tickets = await desk.tickets.listWithFilter('external_id', `chat:${chat.id}`)
  assert.equal(tickets.length, 1)
  const [transcript] = await desk.tickets.getComments(tickets[0].id)
  assert.match(transcript.body, /How much is it\?/)
})

test('answers that are lost make nothing twice', async () => {
  const lost = { times: 2, then: { drop_connection: true, after_accept: true } }
  await salesforce.control('fault', { match: { method: 'POST', path: '/composite' }, ...lost })
  await zendesk.control('fault', { match: { method: 'POST', path: '/tickets' }, ...lost })
  const chat = await asks('Ada', 'ada@example.com', 'Hello')
  await chat.end()
  await until(() => done('salesforce', chat.id), 40_000, () => `no case:\n${house.log}`)
  await until(() => done('zendesk', chat.id), 40_000, () => `no ticket:\n${house.log}`)
  assert.equal((await conn.sobject('Case').find({ Switchboard_Chat_Id__c: chat.id }, ['Id'])).length, 1)
  assert.equal((await conn.sobject('Contact').find({ Email: 'ada@example.com' }, ['Id'])).length, 1)
  assert.equal((await desk.tickets.listWithFilter('external_id', `chat:${chat.id}`)).length, 1)
})

test('a session that is over is opened again by itself', async () => {
  await salesforce.control('expire')
  await conn.authorize({ grant_type: 'client_credentials' })
  const chat = await asks('Lin', 'lin@example.com', 'Hello')
  await chat.end()
  await until(() => done('salesforce', chat.id), 20_000, () => `no case:\n${house.log}`)
})
