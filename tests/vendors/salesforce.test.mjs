// The Salesforce simulator is driven by jsforce, which knows nothing of us.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import jsforce from 'jsforce'
import { startSim } from './support/sim.mjs'

let sim, conn

before(async () => { sim = await startSim('salesforce') })
after(() => sim.stop())

beforeEach(async () => {
  await sim.control('reset')
  conn = new jsforce.Connection({
    loginUrl: sim.url, version: '62.0', oauth2: { loginUrl: sim.url, clientId: 'sim-client', clientSecret: 'sim-secret' },
  })
  await conn.authorize({ grant_type: 'client_credentials' })
})

test('who signed in is known', async () => {
  assert.equal(conn.instanceUrl, sim.url)
  assert.equal((await conn.identity()).username, 'agent@acme.example')
})

test('records are made, read, changed, found and removed', async () => {
  const made = await conn.sobject('Contact').create({ FirstName: 'Ada', LastName: "O'Lovelace", Email: 'ada@example.com' })
  assert.equal(made.success, true)
  assert.match(made.id, /^003[0-9A-Za-z]{15}$/)
  assert.equal((await conn.sobject('Contact').retrieve(made.id)).Name, "Ada O'Lovelace")
  assert.equal((await conn.sobject('Contact').update({ Id: made.id, Title: 'Countess' })).success, true)
  const found = await conn.sobject('Contact').find({ LastName: "O'Lovelace", Title: { $like: 'Count%' } }, ['Id', 'Title']).limit(5)
  assert.deepEqual(found.map((one) => one.Title), ['Countess'])
  assert.equal((await conn.sobject('Contact').destroy(made.id)).success, true)
  await assert.rejects(conn.sobject('Contact').retrieve(made.id), { errorCode: 'ENTITY_IS_DELETED' })
})

test('many records go in one call and come page by page', async () => {
  const many = Array.from({ length: 200 }, (_, at) => ({ LastName: `Nr ${at}`, Company: 'Engines' }))
  for (let call = 0; call < 11; call += 1) assert.ok((await conn.sobject('Lead').create(many, { allOrNone: true })).every((one) => one.success))
  const page = await conn.query('SELECT Id, LastName FROM Lead ORDER BY Id')
  assert.deepEqual([page.totalSize, page.done, page.records.length], [2200, false, 2000])
  assert.equal((await conn.queryMore(page.nextRecordsUrl)).records.length, 200)
  const all = await conn.query('SELECT Id FROM Lead').execute({ autoFetch: true, maxFetch: 5000 })
  assert.equal((all.records ?? all).length, 2200)
  assert.equal((await conn.query('SELECT count() FROM Lead')).totalSize, 2200)
})

test('an upsert makes once and changes after that', async () => {
  const upsert = (Subject) => conn.sobject('Case').upsert({ Switchboard_Chat_Id__c: 'c-1', Subject }, 'Switchboard_Chat_Id__c')
  const first = await upsert('one')
  const second = await upsert('two')
  assert.deepEqual([first.created, second.created, second.id], [true, false, first.id])
  assert.equal((await conn.sobject('Case').retrieve(first.id)).Subject, 'two')
  await assert.rejects(conn.sobject('Case').create({ Switchboard_Chat_Id__c: 'c-1' }), { errorCode: 'DUPLICATE_VALUE' })
})

test('what the rules of a field forbid is refused by its name', async () => {
  const refusals = [
    ['Contact', { FirstName: 'Ada' }, 'REQUIRED_FIELD_MISSING'],
    ['Case', { Priority: 'Furious' }, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
    ['Case', { Subject: 'x'.repeat(256) }, 'STRING_TOO_LONG'],
    ['Case', { Colour__c: 'red' }, 'INVALID_FIELD'],
    ['Case', { ContactId: '003000000000099AAA' }, 'INVALID_CROSS_REFERENCE_KEY'],
    ['Case', { ContactId: 'nonsense' }, 'MALFORMED_ID'],
  ]
  for (const [kind, fields, errorCode] of refusals) await assert.rejects(conn.sobject(kind).create(fields), { errorCode }, errorCode)
  await assert.rejects(conn.query('SELECT Nonsense FROM Case'), { errorCode: 'INVALID_FIELD' })
  await assert.rejects(conn.query("SELECT Id FROM Case WHERE Subject = 'a"), { errorCode: 'MALFORMED_QUERY' })
})

test('a duplicate rule finds the person who is there', async () => {
  await sim.control('setup', { duplicate_rule: true })
  const { id } = await conn.sobject('Contact').create({ LastName: 'Lovelace', Email: 'ada@example.com' })
  const refused = await conn.sobject('Contact').create({ LastName: 'King', Email: 'ADA@example.com' }).catch((error) => error)
  assert.equal(refused.errorCode, 'DUPLICATES_DETECTED')
  const twice = await conn.sobject('Contact').create({ LastName: 'King', Email: 'ada@example.com' }, { headers: { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' } })
  assert.notEqual(twice.id, id)
})

test('composite calls refer to one another and are all done or none', async () => {
  const call = (Subject) => conn.requestPost('/services/data/v62.0/composite', {
    allOrNone: true,
    compositeRequest: [
      { method: 'POST', url: '/services/data/v62.0/sobjects/Contact', referenceId: 'c', body: { LastName: 'Lovelace' } },
      { method: 'POST', url: '/services/data/v62.0/sobjects/Case', referenceId: 'k', body: { Subject, ContactId: '@{c.id}' } },
    ],
  })
  const good = await call('hello')
  assert.deepEqual(good.compositeResponse.map((one) => one.httpStatusCode), [201, 201])
  const bad = await call('x'.repeat(300))
  assert.deepEqual(bad.compositeResponse.map((one) => one.body[0].errorCode), ['PROCESSING_HALTED', 'STRING_TOO_LONG'])
  assert.equal((await conn.query('SELECT count() FROM Contact')).totalSize, 1)
})

test('objects describe themselves and words are searched', async () => {
  const described = await conn.sobject('Case').describe()
  assert.equal(described.fields.find((field) => field.name === 'Switchboard_Chat_Id__c').externalId, true)
  assert.ok((await conn.describeGlobal()).sobjects.some((one) => one.name === 'Lead'))
  await conn.sobject('Lead').create({ LastName: 'Byron', Company: 'Poems', Phone: '+44 20 7946 0000' })
  const found = await conn.search('FIND {2079460000} IN PHONE FIELDS RETURNING Lead(Id, LastName)')
  assert.deepEqual(found.searchRecords.map((one) => one.LastName), ['Byron'])
})

test('a session that is over is refreshed by the SDK itself, and limits are told', async () => {
  const refreshing = new jsforce.Connection({
    instanceUrl: sim.url, accessToken: 'over', refreshToken: 'sim-refresh', version: '62.0',
    oauth2: { loginUrl: sim.url, clientId: 'sim-client', clientSecret: 'sim-secret' },
  })
  let refreshed = 0
  refreshing.on('refresh', () => { refreshed += 1 })
  assert.equal((await refreshing.query('SELECT Id FROM Case')).totalSize, 0)
  assert.equal(refreshed, 1)
  assert.ok(refreshing.limitInfo.apiUsage.limit > 0)
  await sim.control('setup', { request_limit: 1 })
  await conn.limits()
  await assert.rejects(conn.limits(), { errorCode: 'REQUEST_LIMIT_EXCEEDED' })
})
