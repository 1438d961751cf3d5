// The landing page: the ways into a call.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { startServer } from '../process.js'
import { newPath } from './links.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { callByKeyboard } from './keyboard.js'
import { Talker } from './talk.js'

let server, browser, caller
before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})
afterEach(async () => {
  await caller.leave()
  assert.deepEqual(caller.faults, [])
})

const visit = async () => {
  caller = await Caller.arrive(browser, server.origin)
  await caller.open('/')
  await caller.button('Start a call').waitFor()
}
const path = () => caller.page.url().slice(server.origin.length)
const lobby = () => caller.button('Join call').waitFor()

test('every call that is started has a room of its own, of 128 bits', async () => {
  await visit()
  const rooms = new Set()
  for (let calls = 0; calls < 5; calls++) {
    await caller.press('Start a call')
    await lobby()
    const [, room] = path().match(/^\/call\/#([\w-]+),[\w-]{22}$/) ?? assert.fail(path())
    const bits = /^[0-9a-f]+$/.test(room) ? 4 : 6
    assert.ok(room.length * bits >= 128, room)
    rooms.add(room)
    await caller.page.goto('/')
  }
  assert.equal(rooms.size, 5)
})

const invitations = [
  ['a link', (call) => server.origin + call],
  ['a code', (call) => call.split('#')[1]],
  ['a link with blanks around', (call) => `  ${server.origin}${call} `],
]
for (const [what, write] of invitations) {
  test(`joins by ${what}`, async () => {
    const call = newPath()
    await visit()
    await caller.page.getByLabel('Or join with a link or code').fill(write(call))
    await caller.press('Join')
    await lobby()
    assert.equal(path(), call)
  })
}

test('an old short code is as good', async () => {
  await visit()
  await caller.page.getByLabel('Or join with a link or code').fill('3fa9c1')
  await caller.press('Join')
  await lobby()
  assert.equal(path(), '/call/#3fa9c1')
})

const refused = [
  ['nothing', '', /Paste the link/],
  ['words', 'hello there', /no spaces/],
  ["another server's link", 'https://example.com/call/#abc', /another server/],
  ['a link to no call', () => `${server.origin}/about`, /lead to a call/],
  ['something too long', 'x'.repeat(257), /too long/],
]
for (const [what, typed, words] of refused) {
  test(`says why it cannot join by ${what}`, async () => {
    await visit()
    const text = typeof typed === 'function' ? typed() : typed
    await caller.page.getByLabel('Or join with a link or code').fill(text)
    await caller.press('Join')
    await caller.page.getByRole('alert').filter({ hasText: words }).waitFor()
    assert.equal(path(), '/')
  })
}

test('the keyboard is enough, from here to the end of a call', async () => {
  await visit()
  const { page } = caller
  const other = await Talker.arrive(browser, server.origin)
  const byKeyboard = {
    runFirst: (run) => caller.runFirst(run),
    goto: (url) => page.goto(url),
    press: (key) => page.keyboard.press(key),
    evaluate: (run) => page.evaluate(run),
    waitFor: (run, value) => caller.waitFor(run, value),
  }
  try {
    await callByKeyboard(byKeyboard, server.origin, async (path) => {
      await other.enter(path, 'Bo')
      return other
    })
    assert.deepEqual([...caller.faults, ...other.faults], [])
  } finally {
    await other.leave()
  }
})
