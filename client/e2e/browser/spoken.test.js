// What screen readers are told of a call, where the focus goes, and what the
// keyboard does in the toolbar.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { keyedPath, passwordPath } from './links.js'
import { words } from './words.js'

let server, browser, ann, bo
before(async () => {
  server = await startServer()
  browser = await openBrowser()
  ann = await Caller.arrive(browser, server.origin)
  bo = await Caller.arrive(browser, server.origin)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const hears = ({ page }, sentence) =>
  page.getByRole('log').getByText(sentence).waitFor({ state: 'attached' })

/** The name or text of what has the focus. */
const focused = ({ page }) =>
  page.evaluate(() => {
    const { ariaLabel, textContent, id } = document.activeElement
    return document.activeElement === document.body ? 'body' : ariaLabel || textContent || id
  })

test('joins, leaves, mutes and locks are spoken, with names, and the focus moves along', async () => {
  const path = keyedPath()
  await ann.comes(path, { name: 'Ann' })
  await ann.reads(words.alone)
  assert.equal(await focused(ann), 'Video call')
  await bo.comes(path, { name: 'Bo' })
  await hears(ann, 'Bo joined.')
  await hears(bo, 'Ann is in the call.')
  await Promise.all([ann.sees(), bo.sees()])
  await bo.toggle('Microphone', false)
  await hears(ann, 'Bo turned their microphone off.')
  await bo.toggle('Lock call', true)
  for (const person of [ann, bo]) await hears(person, /^The call is locked\./)
  await bo.toggle('Lock call', false)
  for (const person of [ann, bo]) await hears(person, /^The call is unlocked\./)
  await bo.press('Hang up')
  await ann.reads('Bo left.')
  assert.equal(await focused(bo), words.youLeft)
  await bo.press('Rejoin call')
  await bo.button('Hang up').waitFor()
  assert.equal(await focused(bo), 'Video call')
})

test('a wrong password moves the focus to its field', async () => {
  const path = passwordPath()
  await ann.comes(path, { password: 'right' })
  await ann.reads(words.alone)
  await bo.comes(path, { password: 'wrong' })
  await bo.reads(words.wrongPassword)
  assert.equal(await focused(bo), 'password')
})

test('the toolbar is one stop of the Tab key, and the arrow keys move in it', async () => {
  await ann.comes(keyedPath())
  await ann.reads(words.alone)
  const { page } = ann
  const stops = page.getByRole('toolbar').locator('button[tabindex="0"]')
  await page.getByRole('button', { name: 'Lock call' }).waitFor()
  assert.equal(await stops.count(), 1)
  await ann.button('Microphone').focus()
  for (const [key, name] of [
    ['ArrowRight', 'Camera'],
    ['ArrowLeft', 'Microphone'],
    ['ArrowLeft', 'Hang up'],
    ['Home', 'Microphone'],
    ['End', 'Hang up'],
  ]) {
    await page.keyboard.press(key)
    assert.equal(await focused(ann), name, key)
    assert.equal(await stops.getAttribute('aria-label'), name)
  }
  await page.keyboard.press('Shift+Tab')
  assert.equal(await page.getByRole('toolbar').locator(':focus').count(), 0)
})

test('the invitation stays at hand once somebody has joined', async () => {
  const path = keyedPath()
  await ann.comes(path)
  await ann.reads(words.alone)
  await bo.comes(path)
  await Promise.all([ann.sees(), bo.sees()])
  await ann.press('Invite')
  const dialog = ann.page.getByRole('dialog', { name: 'Invite people' })
  const link = await dialog.getByLabel('Link to this call').inputValue()
  assert.equal(link, `${server.origin}${path}`)
  await ann.press('Close')
  assert.equal(await focused(ann), 'Invite')
})

test('a shared screen is spoken, and its tile says whose it is', async () => {
  const path = keyedPath()
  await ann.comes(path, { name: 'Ann' })
  await ann.reads(words.alone)
  await bo.comes(path, { name: 'Bo' })
  await Promise.all([ann.sees(), bo.sees()])
  await bo.toggle('Share screen', true)
  await hears(ann, 'Bo is sharing their screen.')
  await ann.reads('Bo’s screen')
  await bo.toggle('Share screen', false)
  await hears(ann, 'Bo stopped sharing their screen.')
  await ann.readsNot('Bo’s screen')
})
