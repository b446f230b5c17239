// The console on its stand-in data: the server of `ui/console/mock` in a process of its own, and a browser signed in to it.
import { spawn } from 'node:child_process'
import { axe, startBrowser } from './browser.mjs'

const server = new URL('../../console/mock/server.mjs', import.meta.url).pathname
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }

/** Starts both. `noise` holds what the browser complained of. */
export async function startStandIn() {
  const child = spawn(process.execPath, [server], { env: { PATH: process.env.PATH, PORT: '0', CALM: '1' }, stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the stand-in ended with ${code}`)))
    child.stdout.on('data', (bytes) => { const found = String(bytes).match(/http:\/\/127\.0\.0\.1:\d+/); if (found) resolve(found[0]) })
  })
  const browser = await startBrowser()
  const noise = []

  /** A window of somebody with these permissions (all of them when none is named). */
  async function open({ language = 'en', theme = 'light', size = 'wide', permissions = '', superadmin = true } = {}) {
    await fetch(`${url}/mock?signedIn=true&mustSet=false&down=0&superadmin=${superadmin}&permissions=${permissions}`)
    const viewport = size === 'phone' ? { width: 390, height: 844 } : { width: 1440, height: 900 }
    const context = await browser.newContext({ viewport, locale: language === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', hasTouch: size === 'phone' })
    await context.addInitScript((prefs) => localStorage.setItem('switchboard.prefs', JSON.stringify({ state: prefs, version: 0 })), { theme, language, sound: false, panel: true, site: 1 })
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => noise.push(`thrown: ${error.message}`))
    page.on('console', (line) => { if (['error', 'warning'].includes(line.type()) && !/Failed to load resource/.test(line.text())) noise.push(`${line.type()}: ${line.text()} (${page.url()})`) })
    return page
  }
  const settled = (page) => page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .ant-spin-spinning') && document.getAnimations().every((one) => one.playState !== 'running'))
  const go = async (page, path) => {
    await page.goto(url + path)
    await page.locator('main h1').first().waitFor({ state: 'attached' })
    await settled(page)
  }
  /** What axe finds on the page as it stands, and whether it scrolls sideways. */
  async function look(page, name) {
    await settled(page)
    const found = (await axe(page, RULES)).map((line) => `${name}: ${line}`)
    if ((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) > 1) found.push(`${name}: scrolls sideways`)
    return found
  }
  /** The same for these screens. A screen is a path, and what to do there. */
  async function judge(page, screens) {
    const found = []
    for (const [path, act] of screens) {
      await go(page, path)
      await act?.(page)
      found.push(...await look(page, path))
    }
    return found
  }
  const stop = async () => {
    await browser.close()
    child.kill()
  }
  return { url, open, go, settled, look, judge, noise, stop }
}

/** The ways every screen is looked at: the languages alternate with the modes and sizes. */
export const WAYS = [
  { language: 'zh', theme: 'light', size: 'wide' }, { language: 'en', theme: 'dark', size: 'wide' }, { language: 'zh', theme: 'dark', size: 'phone' }, { language: 'en', theme: 'light', size: 'phone' },
]
/** Buttons and their like by their words in a part of the page. */
export const button = (within, name) => within.getByRole('button', { name, exact: true })
export const dialog = (page) => page.getByRole('dialog').filter({ visible: true })
export const row = (page, text) => page.locator('main tbody tr', { hasText: text })
/** Chooses in one of a form's lists by keyboard and mouse, as a person does. */
export async function choose(page, within, label, ...options) {
  await within.getByLabel(label, { exact: true }).click()
  for (const option of options) await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').filter({ hasText: option }).first().click()
  // The list of a field that takes several stays open until somebody looks elsewhere.
  const title = within.locator('.ant-modal-title')
  if ((await title.count()) > 0) await title.click()
  else await page.keyboard.press('Escape')
}
