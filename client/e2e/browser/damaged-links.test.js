// Links as mail and chat programs change them: they open the same call, or the
// page says that they are damaged, and the server never hears the key.
// Slow: each link is opened in a fresh context.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { startServer } from '../process.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { words } from './words.js'

const room = '01112131415161718191a1b1c1d1e1f1'
const key = 'XP9vbKYOnu9RbM5Y1uga8g'
const link = `/call/#${room},${key}`

let server, browser, caller, sent
before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})
afterEach(() => caller.leave())

/** Opens an address and records what the page sends from then on. */
const open = async (address) => {
  caller = await Caller.arrive(browser, server.origin)
  sent = []
  const { page } = caller
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => sent.push(String(payload)))
  })
  page.on('request', (request) => {
    if (!request.isNavigationRequest()) {
      sent.push(request.url(), request.postData() ?? '', JSON.stringify(request.headers()))
    }
  })
  await caller.open(address)
}
const path = () => caller.page.url().slice(server.origin.length)

function assertSecret() {
  const text = sent.join('\n')
  for (let start = 0; start + 8 <= key.length; start++) {
    assert.ok(!text.includes(key.slice(start, start + 8)), text)
  }
}

const joins = async () => {
  await caller.press('Join call')
  await caller.inRoom()
  await caller.reads(words.alone)
  assert.equal(path().replace(/\?[^#]*/, ''), link)
  assert.ok(sent.some((frame) => frame.includes(`["enter","${room}",`)))
  assertSecret()
}

const same = [
  ['an encoded comma', `/call/#${room}%2C${key}`],
  ['a comma encoded twice', `/call/#${room}%252C${key}`],
  ['the end of a sentence', `/call/#${room},${key}).`],
  ['a tracking parameter', `/call/?utm_source=mail#${room},${key}&fbclid=IwAR0aBcDeFg`],
  ['no path', `/#${room},${key}`],
]
describe('opens the same call', () => {
  for (const [what, address] of same) {
    test(`after ${what}`, async () => {
      await open(address)
      await joins()
      assert.deepEqual(caller.faults, [])
    })
  }

  test('from another path, without having sent the key', async () => {
    await open(`/Call/#${room},${key}`)
    await joins()
  })

  for (const address of [`/call/%23${room},${key}`, `/call%23${room}%2C${key}`]) {
    test(`after the # was encoded, and says what that means: ${address.slice(0, 9)}`, async () => {
      await open(address)
      await caller.reads('This link was changed on its way')
      await caller.page.getByRole('link', { name: 'Open the call' }).click()
      await joins()
    })
  }

  test('by an old name whose # was encoded', async () => {
    await open('/call/%233fa9c1')
    await caller.button('Join call').waitFor()
    assert.equal(path(), '/call/#3fa9c1')
  })
})

const damaged = [
  ['is cut', `/call/#${room},${key.slice(0, -3)}`],
  ['lost its key', `/call/#${room}`],
  ['is the key alone', `/call/#${key}`],
  ['lost its comma', `/call/#${room}${key}`],
  ['is in small letters', link.toLowerCase()],
]
describe('says that the link is damaged, and sends nothing', () => {
  for (const [what, address] of damaged) {
    test(`if it ${what}`, async () => {
      await open(address)
      await caller.reads(words.damaged)
      await caller.page.getByRole('link', { name: 'Home', exact: true }).waitFor()
      assert.ok(!caller.requested.some((path) => path.startsWith('/socket.io/')))
      assertSecret()
      assert.deepEqual(caller.faults, [])
    })
  }
})

test('an address of nothing has a page with a way on', async () => {
  await open('/nothing')
  await caller.reads('Page not found')
  await caller.page.getByRole('link', { name: 'Home', exact: true }).click()
  await caller.button('Start a call').waitFor()
})
