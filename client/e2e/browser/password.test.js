// A call with a password: the right one, wrong ones, guessing, a reload, and arriving first.
// Slow: the server makes a guest who guesses wait, and deriving a key takes half a second.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { passwordPath } from './links.js'
import { originalClient, replaceClient } from './original/folder.js'
import { Original } from './original/original.js'
import { Peer } from '../protocol/peer.js'
import { timeout } from '../timeout.js'
import { words } from './words.js'
import { startServer } from '../process.js'

const right = 'correct horse'
// Two people make all the calls, each in a room of its own.
let server, browser, host, guest
before(async () => {
  server = await startServer()
  browser = await openBrowser()
  host = await Caller.arrive(browser, server.origin)
  guest = await Caller.arrive(browser, server.origin)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})
afterEach(() => assert.deepEqual([...host.faults, ...guest.faults], []))

/** Has the host start a call with the password. Returns its path. */
async function hosted() {
  const path = passwordPath()
  await host.comes(path, { password: right })
  await host.reads(words.alone)
  return path
}

const pathOf = (link) => new URL(link).pathname + new URL(link).hash

const seeEachOther = () => Promise.all([host.sees(), guest.sees()])

test('a call is started with a password from the landing page, and a guest needs the right one', async () => {
  await host.open('/')
  await host.press('Start a password-protected call')
  const field = host.page.getByLabel('Choose a password for this call')
  await field.fill(right)
  assert.equal(await field.getAttribute('type'), 'password')
  await host.press('Show password')
  assert.equal(await field.getAttribute('type'), 'text')
  assert.equal(await field.inputValue(), right)
  await host.press('Join call')
  await host.reads(words.alone)
  await host.reads(/needs the password, too/)
  const link = await host.page.getByLabel('Link to this call').inputValue()
  assert.match(link, /\/call\/#pw-[0-9a-f]{32}-[0-9a-f]{32},[\w-]{22}$/)
  assert.equal(host.page.url(), link)
  await guest.comes(pathOf(link), { password: 'wrong horse' })
  await guest.reads(words.wrongPassword)
  await guest.joins({ password: right })
  await seeEachOther()
})

test('a reload asks for no password again, until one hangs up', async () => {
  const field = guest.page.getByLabel('Password for this call')
  const path = await hosted()
  await guest.comes(path, { password: right })
  await seeEachOther()
  await guest.page.reload()
  await guest.button('Join call').waitFor()
  assert.equal(await field.count(), 0)
  await guest.press('Join call')
  await seeEachOther()
  await guest.verifies()
  const kept = await guest.page.evaluate(() =>
    JSON.stringify({ ...sessionStorage, ...localStorage }),
  )
  assert.match(kept, /vidchat\.password\./)
  assert.ok(!kept.includes(right))
  await guest.press('Hang up')
  await guest.page.reload()
  await field.waitFor()
})

test('a stranger who comes first after a restart does not get into the room', async () => {
  let own = await startServer()
  const person = await Caller.arrive(browser, own.origin)
  try {
    await person.open('/')
    await person.press('Start a password-protected call')
    await person.page.getByLabel('Choose a password for this call').fill(right)
    await person.press('Join call')
    await person.reads(words.alone)
    const [room] = new URL(person.page.url()).hash.slice(1).split(',')
    const lost = person.disconnected()
    const killed = Date.now()
    await own.kill()
    own = await startServer({}, own.port)
    const stranger = new Peer(own.origin, '4.8.4', 'websocket')
    const enters = (options) => stranger.socket.timeout(timeout).emitWithAck('enter', room, options)
    for (const options of [{}, { proof: 'junk' }]) {
      assert.equal((await enters(options)).error, 'denied')
    }
    await lost
    await person.seated(killed)
    assert.equal((await enters({ proof: 'junk' })).error, 'denied')
    stranger.close()
  } finally {
    await person.leave()
    await own.stop()
  }
})

test('a password is required', async () => {
  await guest.comes(await hosted(), { password: '' })
  const field = guest.page.getByLabel('Password for this call')
  assert.equal(await field.evaluate((input) => input.validity.valueMissing), true)
  await host.reads(words.alone)
})

test('a guest who guesses has to wait', async () => {
  await guest.goes(await hosted())
  let told
  for (let guess = 1; !words.tooManyGuesses.test(told); guess++) {
    assert.ok(guess <= 20, 'guessing is throttled') // on a slow machine later than after five
    await guest.joins({ password: `guess ${guess}` })
    told = await guest.page
      .getByRole('alert')
      .filter({ hasText: /password/ })
      .textContent()
  }
  assert.equal(await guest.button('Join call').isDisabled(), true)
  await guest.button('Join call').and(guest.page.locator(':enabled')).waitFor()
  await guest.joins({ password: right })
  await seeEachOther()
})

test('the first to arrive sets the password for those who follow', async () => {
  const path = passwordPath()
  await guest.comes(path, { password: 'another' })
  await guest.reads(words.alone)
  await host.comes(path, { password: right })
  await host.reads(words.wrongPassword)
  assert.equal(await guest.shows(), undefined)
  await guest.press('Hang up')
  await host.joins({ password: right })
  await host.reads(words.alone)
  await guest.press('Rejoin call')
  await guest.reads(words.wrongPassword)
  await guest.joins({ password: right })
  await seeEachOther()
})

test('an old client, which knows no password, is refused before and after the host comes', async () => {
  const original = originalClient()
  const theirs = await startServer({ CLIENT_DIR: original.folder })
  const old = await Original.arrive(browser, server.origin)
  try {
    await replaceClient(old.context, theirs.origin)
    const path = `/call/#pw-${randomUUID()}`
    for (const when of ['early', 'late']) {
      await old.open(`/call/?${when}${path.slice('/call/'.length)}`)
      await old.page.locator('body.denied').waitFor({ state: 'attached' })
      if (when === 'early') await host.comes(path, { password: right })
      await host.reads(words.alone)
    }
  } finally {
    await old.leave()
    await theirs.stop()
    original.remove()
  }
})

test('a call that is locked as well asks for the password first', async () => {
  const path = await hosted()
  await host.toggle('Lock call', true)
  await guest.comes(path, { password: 'wrong horse' })
  await guest.reads(words.wrongPassword)
  await guest.joins({ password: right, name: 'Gustav' })
  await host.reads('Gustav wants to join.')
  await host.press('Admit')
  await seeEachOther()
})
