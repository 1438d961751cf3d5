// The locked door: knocking, being let in or not, and waiting.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { keyedPath } from './links.js'
import { startMiddle } from './middle.js'
import { words } from './words.js'
import { startServer } from '../process.js'

// Two people make all the calls, each in a room of its own; the host's line can be cut.
let server, middle, browser, host, guest
before(async () => {
  server = await startServer()
  middle = await startMiddle(server.port)
  browser = await openBrowser()
  host = await Caller.arrive(browser, middle.origin)
  guest = await Caller.arrive(browser, server.origin)
})
after(async () => {
  await browser?.close()
  await middle?.stop()
  await server?.stop()
})
afterEach(() => assert.deepEqual(guest.faults, []))

/** The host in a new call, behind a locked door; answers the call's path. */
async function behindLock() {
  const path = keyedPath()
  await host.comes(path, { name: 'Hanna' })
  await host.reads(words.alone)
  await host.toggle('Lock call', true)
  return path
}

/** The guest at the door, having knocked. */
async function knocks(path, name = 'Gustav') {
  await guest.comes(path, { name })
  await guest.reads(words.locked)
  await guest.press('Ask to be let in')
  await guest.reads(words.knocking)
}

const inside = () => Promise.all([host.sees(), guest.sees()])

test('who knocks is seen by name, and let in', async () => {
  await knocks(await behindLock())
  await host.reads('Gustav asks to be let in.')
  assert.equal(await guest.shows(), undefined)
  await host.press('Let in')
  await inside()
  await host.readsNot('Gustav asks to be let in.')
  await guest.button('Lock call').and(guest.page.locator('[aria-pressed="true"]')).waitFor()
})

test('who is refused is told so, and may ask again', async () => {
  await knocks(await behindLock(), '')
  await host.reads('Somebody asks to be let in.')
  await host.press('Refuse')
  await guest.reads(words.denied)
  await host.readsNot('Somebody asks to be let in.')
  await guest.press('Ask again')
  await guest.reads(words.locked)
  await guest.press('Ask to be let in')
  await host.press('Let in')
  await inside()
})

test('who stops waiting is no longer at the door', async () => {
  await knocks(await behindLock())
  await host.reads('Gustav asks to be let in.')
  await guest.press('Stop waiting')
  await guest.reads(words.youLeft)
  await host.readsNot('Gustav asks to be let in.')
})

test('who waits when the door opens comes in by that', async () => {
  await knocks(await behindLock())
  await host.toggle('Lock call', false)
  await inside()
})

test('who comes early waits for nobody, and can lock the door', async () => {
  const path = keyedPath()
  await guest.comes(path)
  await guest.reads(words.alone)
  await guest.toggle('Lock call', true)
  await host.comes(path, { name: 'Hanna' })
  await host.reads(words.locked)
  await host.press('Ask to be let in')
  await guest.reads('Hanna asks to be let in.')
  await guest.press('Let in')
  await inside()
})

test('who is in the lobby when the door closes has to knock', async () => {
  const path = keyedPath()
  await guest.goes(path)
  await guest.button('Join call').waitFor()
  await host.comes(path)
  await host.reads(words.alone)
  await host.toggle('Lock call', true)
  await guest.press('Join call')
  await guest.reads(words.locked)
  assert.equal(await host.button('Let in').count(), 0)
})

test('who waits is still waiting when the only one inside comes back from an outage', async () => {
  await knocks(await behindLock())
  await host.reads('Gustav asks to be let in.')
  middle.cut()
  await host.reads(words.serverLost)
  await guest.press('Stop waiting')
  await guest.press('Rejoin call')
  await guest.reads(words.locked)
  await guest.press('Ask to be let in')
  await guest.reads(words.knocking)
  middle.mend()
  await host.readsNot(words.serverLost)
  await host.press('Let in')
  await inside()
})
