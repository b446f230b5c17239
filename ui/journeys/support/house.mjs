// A running product of a test's own: a fresh folder, free ports, and an end that leaves nothing behind.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binary = process.env.SWITCHBOARD_BIN ?? new URL('../../../target/debug/switchboard', import.meta.url).pathname

/** Starts the binary and waits for the address it prints. `words` are its command line. */
export async function startHouse({ words = ['serve'], env = {}, folder } = {}) {
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'switchboard-journey-')))
  const child = spawn(binary, words, {
    env: {
      PATH: process.env.PATH, HOME: process.env.HOME,
      SWITCHBOARD_DATA: own, SWITCHBOARD_LISTEN: '127.0.0.1:0', SWITCHBOARD_ADMIN_LISTEN: '127.0.0.1:0', ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const house = { child, folder: own, said: '', log: '', url: '', admin: '', link: '' }
  child.stdout.on('data', (bytes) => { house.said += bytes })
  child.stderr.on('data', (bytes) => { house.log += bytes })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${house.said}\n${house.log}`)
    house.link = house.said.match(/https?:\/\/\S+\/link#\S+/)?.[0] ?? ''
    house.url = house.said.match(/https?:\/\/127\.0\.0\.1:\d+/)?.[0] ?? ''
    house.admin = house.said.match(/admin\D*?(https?:\/\/127\.0\.0\.1:\d+)/i)?.[1] ?? ''
    return house.url !== ''
  }, 20_000, () => `the server printed no address:\n${house.said}\n${house.log}`)
  await until(async () => (await fetch(`${house.url}/health/ready`).catch(() => null))?.ok, 20_000, () => `not ready:\n${house.log}`)
  house.kill = async (signal = 'SIGKILL') => { child.kill(signal); await gone }
  house.stop = async () => {
    await house.kill('SIGTERM')
    if (!folder) await rm(own, { recursive: true, force: true })
  }
  return house
}

/** Looks again every 50 ms until it holds; says what was missing when it never does. */
export async function until(holds, patience = 10_000, why = () => 'it never held') {
  const end = performance.now() + patience
  for (;;) {
    const value = await holds()
    if (value) return value
    if (performance.now() > end) throw new Error(typeof why === 'function' ? why() : why)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A signed-in caller of the API, as the console is. */
export async function signIn(house, body = { token: house.link.split('#')[1] }) {
  const path = body.token ? '/v1/session/link' : '/v1/session'
  const answer = await fetch(house.url + path, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: house.url }, body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`signing in: ${answer.status} ${await answer.text()}`)
  const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('sb_session=')).split(';')[0]
  const me = await answer.json()
  const call = async (method, path, value, more = {}) => {
    const response = await fetch(house.url + path, {
      method,
      headers: { cookie, origin: house.url, 'switchboard-site': String(more.site ?? me.sites[0].id), ...(value === undefined ? {} : { 'content-type': 'application/json' }) },
      body: value === undefined ? undefined : JSON.stringify(value),
    })
    const text = await response.text()
    const json = text && response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${text}`), { status: response.status, problem: json })
    return json
  }
  return { cookie, me, call }
}

/** Writes a page of somebody's shop that carries the widget. */
export async function writePage(file, html) {
  await writeFile(file, html)
}
