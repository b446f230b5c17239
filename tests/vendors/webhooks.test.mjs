// What the product signs is verified by the independent libraries of Standard Webhooks, in JavaScript and in Python.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { signIn, startHouse, until } from '../../ui/journeys/support/house.mjs'

let house, admin, sink, heard

before(async () => {
  heard = []
  sink = createServer((request, response) => {
    const pieces = []
    request.on('data', (piece) => pieces.push(piece))
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(pieces).toString() })
      response.writeHead(204).end()
    })
  })
  await new Promise((ready) => sink.listen(0, '127.0.0.1', ready))
  house = await startHouse({ env: { SWITCHBOARD_WEBHOOKS__ALLOW_PRIVATE: 'true' } })
  admin = await signIn(house)
})

after(async () => {
  await house?.stop()
  sink?.closeAllConnections()
  sink?.close()
})

/** A webhook that was tested once: what it was given, and what arrived. */
async function tested(more = {}) {
  const hook = await admin.call('POST', '/v1/webhooks', { url: `http://127.0.0.1:${sink.address().port}/in`, events: ['Chat.Ended'], ...more })
  const before = heard.length
  await admin.call('POST', `/v1/webhooks/${hook.id}/test`)
  await until(() => heard.length > before, 10_000, 'nothing arrived')
  return { hook, request: heard.at(-1) }
}

test('the JavaScript library verifies, and finds what was tampered with', async () => {
  const { hook, request } = await tested()
  const webhook = new Webhook(hook.secret)
  assert.equal(webhook.verify(request.body, request.headers).type, 'Chat.Ended')
  assert.throws(() => webhook.verify(request.body.replace('Chat.Ended', 'Chat.Begun'), request.headers), /signature/i)
  assert.throws(() => webhook.verify(request.body, { ...request.headers, 'webhook-id': 'other' }), /signature/i)
})

test('after a change of the secret both verify for a day', async () => {
  const { hook } = await tested()
  const renewed = await admin.call('POST', `/v1/webhooks/${hook.id}/secret`, {})
  const before = heard.length
  await admin.call('POST', `/v1/webhooks/${hook.id}/test`)
  await until(() => heard.length > before)
  for (const { secret } of [hook, renewed]) new Webhook(secret).verify(heard.at(-1).body, heard.at(-1).headers)
  assert.notEqual(hook.secret, renewed.secret)
})

test('the Python library verifies', async (t) => {
  const { hook, request } = await tested()
  const script = `
import json, sys
from standardwebhooks import Webhook, WebhookVerificationError
told = json.load(sys.stdin)
webhook = Webhook(told["secret"])
assert webhook.verify(told["body"], told["headers"])["type"] == "Chat.Ended"
try:
    webhook.verify(told["body"] + " ", told["headers"])
except WebhookVerificationError:
    print("verified")
`
  const python = process.env.SWITCHBOARD_TEST_PYTHON ?? 'python3'
  const known = await promisify(execFile)(python, ['-c', 'import standardwebhooks']).then(() => true, () => false)
  if (!known) return t.skip(`${python} has no standardwebhooks; see tests/vendors/requirements.txt`)
  const said = await new Promise((resolve, reject) => {
    const child = execFile(python, ['-c', script], (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)))
    child.stdin.end(JSON.stringify({ secret: hook.secret, body: request.body, headers: request.headers }))
  })
  assert.equal(said.trim(), 'verified')
})

test('a public key verifies what the private one signed', async () => {
  const { hook, request } = await tested({ algorithm: 'v1a' })
  assert.match(hook.secret, /^whpk_/)
  const raw = Buffer.from(hook.secret.slice(5), 'base64')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' })
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers
  assert.match(signature, /^v1a,/)
  const good = (body) => verify(null, Buffer.from(`${id}.${at}.${body}`), key, Buffer.from(signature.slice(4), 'base64'))
  assert.equal(good(request.body), true)
  assert.equal(good(`${request.body} `), false)
})
