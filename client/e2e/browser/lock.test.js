// The lock of a call: knocking, being admitted or denied, and waiting.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { keyedPath } from './links.js'
import { startMitmProxy } from './mitm-proxy.js'
import { words } from './words.js'
import { startServer } from '../process.js'

// Two people make all the calls, each in a room of its own. The host's connection can be dropped.
let server, proxy, browser, host, guest
before(async () => {
  server = await startServer()
  proxy = await startMitmProxy(server.port)
  browser = await openBrowser()
  host = await Caller.arrive(browser, proxy.origin)
  guest = await Caller.arrive(browser, server.origin)
})
after(async () => {
  await browser?.close()
  await proxy?.stop()
  await server?.stop()
})
afterEach(() => assert.deepEqual(guest.faults, []))

/** Has the host start a new call and lock it. Returns the call's path. */
async function lockedCall() {
  const path = keyedPath()
  await host.comes(path, { name: 'Hanna' })
  await host.reads(words.alone)
  await host.toggle('Lock call', true)
  return path
}

/** Has the guest come to the locked call and knock: with a name, joining is enough. */
async function knocks(path, name = 'Gustav') {
  await guest.comes(path, { name })
  if (!name) {
    await guest.reads(words.locked)
    await guest.press('Ask to join')
  }
  await guest.reads(words.knocking)
}

const inside = () => Promise.all([host.sees(), guest.sees()])

test('a guest who knocks is shown by name and admitted', async () => {
  await knocks(await lockedCall())
  await host.reads('Gustav wants to join.')
  assert.equal(await guest.shows(), undefined)
  await host.press('Admit')
  await inside()
  await host.readsNot('Gustav wants to join.')
  await guest.button('Lock call').and(guest.page.locator('[aria-pressed="true"]')).waitFor()
})

test('a guest who is denied is told so and may ask again', async () => {
  await knocks(await lockedCall(), '')
  await host.reads('Someone wants to join.')
  await host.press('Deny')
  await guest.reads(words.denied)
  await host.readsNot('Someone wants to join.')
  await guest.page.getByLabel(/^Your name/).fill('Gustav')
  await guest.press('Ask again')
  await host.reads('Gustav wants to join.')
  await host.press('Admit')
  await inside()
})

test('a guest who stops waiting is no longer shown', async () => {
  await knocks(await lockedCall())
  await host.reads('Gustav wants to join.')
  await guest.press('Cancel request')
  await guest.reads(words.youLeft)
  await host.readsNot('Gustav wants to join.')
})

test('a waiting guest is admitted when the call is unlocked', async () => {
  await knocks(await lockedCall())
  await host.toggle('Lock call', false)
  await inside()
})

test('the first to arrive does not wait and can lock the call', async () => {
  const path = keyedPath()
  await guest.comes(path)
  await guest.reads(words.alone)
  await guest.toggle('Lock call', true)
  await host.comes(path, { name: 'Hanna' })
  await guest.reads('Hanna wants to join.')
  await guest.press('Admit')
  await inside()
})

test('a guest in the lobby has to knock once the call is locked', async () => {
  const path = keyedPath()
  await guest.goes(path)
  await guest.button('Join call').waitFor()
  await host.comes(path)
  await host.reads(words.alone)
  await host.toggle('Lock call', true)
  await guest.joins()
  await guest.reads(words.locked)
  assert.equal(await host.button('Admit').count(), 0)
})

test('a guest still waits after the only host comes back from an outage', async () => {
  await knocks(await lockedCall())
  await host.reads('Gustav wants to join.')
  proxy.disconnect()
  await host.reads(words.serverLost)
  await guest.press('Cancel request')
  await guest.press('Rejoin call')
  await guest.reads(words.knocking)
  proxy.reconnect()
  await host.readsNot(words.serverLost)
  await host.press('Admit')
  await inside()
})
