// Reloads and second tabs: nobody leaves a conversation by accident, is locked
// out of a call, or is in it twice.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { checkLooks } from './axe.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { keyedPath } from './links.js'
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

async function talk() {
  const path = keyedPath()
  await ann.comes(path, { name: 'Ann' })
  await ann.reads(words.alone)
  await bo.comes(path, { name: 'Bo' })
  await Promise.all([ann.sees(), bo.sees()])
  return path
}

/** Reloads the page; answers the kinds of questions that the browser asks before. */
async function reload({ page }) {
  const asked = []
  const onDialog = (dialog) => asked.push(dialog.type()) && void dialog.accept()
  page.on('dialog', onDialog)
  await page.reload()
  page.off('dialog', onDialog)
  return asked
}

test('a reload asks first during a conversation, and only then', async () => {
  await ann.comes(keyedPath())
  await ann.reads(words.alone)
  assert.deepEqual(await reload(ann), [])
  await talk()
  assert.deepEqual(await reload(ann), ['beforeunload'])
})

test('a member who reloads a locked call gets back in without asking', async () => {
  await talk()
  await ann.toggle('Lock call', true)
  await bo.button('Lock call').and(bo.page.locator('[aria-pressed="true"]')).waitFor()
  await reload(bo)
  await bo.joins({ name: 'Bo' })
  await bo.button('Lock call').and(bo.page.locator('[aria-pressed="true"]')).waitFor()
  await Promise.all([ann.keepsSeeing(), bo.keepsSeeing()])
})

test('a second tab says so, and continues the call there', async () => {
  const path = await talk()
  const [first, second] = [bo.page, await bo.context.newPage()]
  await second.goto(path)
  await second.getByText('You’re already in this call in another tab').waitFor()
  await checkLooks({ page: second, faults: [] }, 'in the call elsewhere')
  await second.getByRole('button', { name: 'Continue here' }).click()
  await first.getByText('The call moved to another tab').first().waitFor()
  await second.getByRole('button', { name: 'Hang up' }).waitFor()
  await ann.keepsSeeing()
  assert.equal(await ann.page.locator('[data-peer]').count(), 1)
  await second.close()
})
