// A whole call by the keyboard alone, in any browser.
import assert from 'node:assert/strict'
import { words } from './words.js'

/**
 * Has somebody start a call on the landing page, join it, mute, chat, send a file, pin a tile,
 * read the settings and hang up, by Tab, Enter, Space, Escape and arrow keys. `page` has `goto`,
 * `press`, `evaluate` and `waitFor`; `comesIn` has the other person enter the call at a path.
 */
export async function callByKeyboard(page, origin, comesIn) {
  await page.runFirst(pickFile)
  await page.goto(`${origin}/`)
  await reach(page, 'Start a call')
  await page.press('Enter')
  await page.waitFor(() => location.pathname === '/call/' && document.querySelector('form'))
  await reach(page, 'Join call')
  await page.press('Enter')
  await page.waitFor((alone) => document.body.innerText.includes(alone), words.alone)
  const other = await comesIn(await page.evaluate(() => location.pathname + location.hash))
  await other.verifies()

  await reach(page, 'Microphone')
  await page.press('Space')
  await other.reads(words.muted)
  await moveTo(page, 'Chat', 'ArrowRight')
  await page.press('Enter')
  await page.waitFor(() => document.activeElement?.closest('aside'))
  await reach(page, 'Message')
  for (const letter of 'hello') await page.press(letter)
  await page.press('Enter')
  await other.opensChat()
  await other.readsLast('hello')
  await reach(page, 'Send files', 'Shift+Tab')
  await page.press('Enter')
  await other.readsOf('picked.txt', 'Accept only what you expect.')
  await page.press('Escape')
  assert.equal(await page.evaluate(focused), 'Chat')

  await reach(page, 'Pin yourself', 'Shift+Tab')
  await page.press('Enter')
  await page.waitFor(() => document.activeElement?.ariaPressed === 'true')
  await reach(page, 'Chat')
  await moveTo(page, 'Settings', 'ArrowRight')
  await page.press('Enter')
  await page.waitFor(() => document.querySelector('dialog[open]')?.contains(document.activeElement))
  await page.press('Escape')
  await page.waitFor(() => document.activeElement?.ariaLabel === 'Settings')
  await moveTo(page, 'Microphone', 'ArrowLeft')
  await moveTo(page, 'Hang up', 'ArrowLeft')
  await page.press('Enter')
  await page.waitFor((left) => document.activeElement?.textContent === left, words.youLeft)
  await reach(page, 'Home')
  await page.press('Enter')
  await page.waitFor(() => location.pathname === '/')
}

/**
 * Presses Tab until what has this name has the focus. Behind the end of the page are the
 * browser's own controls, from which Firefox without a window does not come back.
 */
const reach = (page, name, key = 'Tab') => moveTo(page, name, key)

/** Presses a key until what has this name has the focus. */
async function moveTo(page, name, key) {
  const passed = new Set()
  for (let presses = 0; presses < 60; presses++) {
    const now = await page.evaluate(focused)
    if (now === name) return
    passed.add(now)
    await page.press(key)
  }
  assert.fail(`${key} never reaches “${name}”, but ${[...passed].join(', ')}`)
}

// Runs in the page: the name of what has the focus.
function focused() {
  const { ariaLabel, labels, textContent } = document.activeElement
  return ariaLabel || (labels?.[0] ?? { textContent }).textContent.trim()
}

// Runs in the page: a file is picked soon after the browser would ask for one, by a window of
// the system that no page is part of.
function pickFile() {
  const { click } = HTMLInputElement.prototype
  HTMLInputElement.prototype.click = function () {
    if (this.type !== 'file') return click.call(this)
    setTimeout(() => {
      const data = new DataTransfer()
      data.items.add(new File(['text'], 'picked.txt'))
      this.files = data.files
      this.dispatchEvent(new Event('change', { bubbles: true }))
    })
  }
}
