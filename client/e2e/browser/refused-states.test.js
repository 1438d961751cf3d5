// States of the call page that are seldom seen, of a server that answers as a test wants: axe finds
// nothing in either scheme.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { check } from './axe.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { newPath } from './links.js'
import { catalogOf, words } from './words.js'

const english = catalogOf('en')

let server, browser, visitor
/** What the server answers to whoever wants to enter, in place of its own answer. */
let answer
before(async () => {
  server = await startServer()
  browser = await openBrowser()
  visitor = await Caller.arrive(browser, server.origin, { reducedMotion: 'reduce' })
  await visitor.page.routeWebSocket(/\/socket\.io\//, (client) => {
    const real = client.connectToServer()
    real.onMessage((message) => client.send(changed(message)))
  })
})
after(async () => {
  await visitor?.leave()
  await browser?.close()
  await server?.stop()
})

/** A packet of the server, whose ack of a seat is the answer of the test. */
const changed = (message) =>
  answer
    ? String(message).replace(/^(43\d+)\[\{"ok":true.*/s, `$1${JSON.stringify([answer])}`)
    : message

/** Looks at what is shown in both schemes, whatever fails meanwhile. */
async function looks(state) {
  const { page } = visitor
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await check({ page, faults: [] }, `${state}, ${colorScheme}`)
  }
}

const expectsNoFaults = () => assert.deepEqual(visitor.faults, [])

test('a link that is too long', async () => {
  await visitor.goes(`/call/#${'x'.repeat(300)}`)
  await visitor.reads(english['unavailable.link-too-long.title'])
  await looks('too long')
  expectsNoFaults()
})

for (const [state, told, text] of [
  ['link rejected', { ok: false, error: 'invalid' }, english['unavailable.link-rejected.title']],
  ['full by rooms', { ok: false, error: 'busy' }, english['end.full-rooms.title']],
  ['full by tries', { ok: false, error: 'full', retryAfter: 9 }, english['end.full-tries.title']],
]) {
  test(state, async () => {
    answer = told
    await visitor.comes(newPath())
    await visitor.reads(text)
    await looks(state)
    expectsNoFaults()
    answer = undefined
  })
}

test('a page of which a part is missing', async () => {
  const part = /\/assets\/later-.*\.js$/
  await visitor.page.route(part, (route) => route.abort())
  await visitor.open('/')
  await visitor.open(newPath())
  await visitor.joins()
  await visitor.reads(english['unavailable.page-incomplete.title'])
  await looks('incomplete')
  await visitor.page.unroute(part)
  await visitor.open('/')
})

for (const [name, path, script] of [
  ['landing page', '/', /\/assets\/landing-.*\.js$/],
  ['call page', newPath(), /\/assets\/call-.*\.js$/],
]) {
  test(`a ${name} whose script does not arrive`, async () => {
    const { page } = visitor
    const incomplete = page.getByRole('heading', { name: 'This page is not complete' })
    await page.route(script, (route) => route.abort())
    await visitor.open(path)
    await page.waitForLoadState()
    assert.equal(await incomplete.isVisible(), false, 'most pages only take a moment')
    await waitForIt(page)
    assert.equal(await incomplete.isVisible(), true)
    await looks(`${name} without its script`)
    await page.unroute(script)

    await page.reload()
    await page.locator('#app h1').waitFor()
    assert.equal(await page.locator('#incomplete').count(), 0)
    visitor.faults = []
  })
}

/** Ten seconds pass for whatever on the page waits for them. */
const waitForIt = (page) =>
  page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()))

test('the server is lost during a call', async () => {
  await visitor.comes(newPath())
  await visitor.reads(words.alone)
  await server.stop()
  await visitor.reads(words.serverLost)
  await looks('server lost')
})
