// Nobody sits between two people, or they are told: links with a key and
// without one, and a server in the middle that changes descriptions.
// E2E_TAMPERED is how many calls it tampers with.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { newPath } from './call.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { keyedPath, passwordPath } from './links.js'
import { startMiddle } from './middle.js'
import { tamperings } from './tampering.js'
import { words } from './words.js'
import { startServer } from '../process.js'

const tampered = Number(process.env.E2E_TAMPERED ?? 10)

// One pair makes all the calls, each in a room of its own.
let server, middle, browser, first, second
let meddle
before(async () => {
  server = await startServer()
  middle = await startMiddle(server.port, (details) => meddle(details))
  browser = await openBrowser()
  first = await Caller.arrive(browser, middle.origin)
  second = await Caller.arrive(browser, middle.origin)
})
after(async () => {
  await browser?.close()
  await middle?.stop()
  await server?.stop()
})
beforeEach(() => (meddle = (details) => details))
afterEach(() => assert.deepEqual([...first.faults, ...second.faults], []))

async function meet(path, password) {
  await first.comes(path, { password })
  await first.reads(words.alone)
  await second.comes(path, { password })
}

const seeEachOther = () => Promise.all([first.sees(), second.sees()])

test('a link with a key makes a call that is verified', async () => {
  await meet(keyedPath())
  await seeEachOther()
  for (const person of [first, second]) await person.reads(words.verified)
})

test('a password makes one, too', async () => {
  await meet(passwordPath(), 'Grün ist die Hoffnung')
  await seeEachOther()
  for (const person of [first, second]) await person.reads(words.verified)
})

test('a bare link has a code, the same six digits on both sides', async () => {
  const codes = new Set()
  for (let calls = 0; calls < 2; calls++) {
    await meet(newPath())
    await seeEachOther()
    const [ours, theirs] = await Promise.all([first.finds(words.code), second.finds(words.code)])
    assert.equal(ours, theirs)
    codes.add(ours)
  }
  assert.equal(codes.size, 2, 'another call has another code')
})

const deeds = Object.entries(tamperings).flatMap(([kind, deed]) =>
  ['offer', 'answer'].map((type) => ({ kind: `${type}: ${kind}`, type, deed })),
)

test(`${tampered} calls with a server in the middle that swaps fingerprints`, async (t) => {
  let refused = 0
  let before
  for (let number = 0; number < tampered; number++) {
    const { kind, type, deed } = deeds[number % deeds.length]
    const told = []
    meddle = (details) => {
      const earlier = before
      before = details.mac ? details : before
      if (details.sdp?.type !== type) return details
      told.push(kind)
      return deed(details, earlier)
    }
    await meet(keyedPath())
    for (const person of [first, second]) {
      await person.reads(words.tampered)
      assert.equal(await person.shows(), undefined, kind)
    }
    assert.deepEqual(told, [kind], 'one description, and nobody tries again')
    refused++
  }
  t.diagnostic(`${refused} of ${tampered} calls with changed descriptions were refused, by both`)
})
