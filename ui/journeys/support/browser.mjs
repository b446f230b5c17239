import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const require = createRequire(import.meta.url)

/** Debian's Chromium, alone with this machine. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.SWITCHBOARD_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** What axe finds on the page as it stands, in words. */
export async function axe(page, options = {}) {
  const source = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8')
  // Its own value is huge and would be carried over.
  await page.evaluate(`${source};0`)
  const result = await page.evaluate((o) => window.axe.run(document, o), { resultTypes: ['violations'], ...options })
  return result.violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.flat().join(' ')).slice(0, 3).join(' | ')}`)
}
