// A simulated vendor of a test's own, as a process.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'

const product = process.env.SWITCHBOARD_BIN ?? new URL('../../../target/debug/switchboard', import.meta.url).pathname

/** Starts a vendor's simulator; `control` calls what stands below `/_sim/`. */
export async function startSim(vendor) {
  const child = spawn(join(dirname(product), 'switchboard-sim'), [vendor], { stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise((resolve, reject) => {
    child.stdout.once('data', (bytes) => resolve(String(bytes).trim()))
    child.once('exit', (code) => reject(new Error(`the ${vendor} simulator ended with ${code}`)))
  })
  const control = async (what, body = {}) => (await fetch(`${url}/_sim/${what}`, { method: 'POST', body: JSON.stringify(body) })).json()
  return { url, control, stop: () => child.kill('SIGKILL') }
}
