// Calls are verified, or people are told that a server tampered with them: links with
// a key and without one, and a server that rewrites descriptions.
// E2E_TAMPERED sets the number of calls it tampers with.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer as readAll } from 'node:stream/consumers'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { openBrowser } from './chromium.js'
import { keyedPath, newPath, passwordPath } from './links.js'
import { Talker } from './talk.js'
import { startMitmProxy } from './mitm-proxy.js'
import { tamperings } from './tampering.js'
import { words } from './words.js'
import { startPeer, startServer } from '../process.js'

const tampered = Number(process.env.E2E_TAMPERED ?? 14)

// One pair makes all the calls, each in a room of its own.
let server, proxy, browser, first, second
let rewrite
before(async () => {
  server = await startServer()
  proxy = await startMitmProxy(server.port, (details) => rewrite(details))
  browser = await openBrowser()
  first = await Talker.arrive(browser, proxy.origin)
  second = await Talker.arrive(browser, proxy.origin)
})
after(async () => {
  await browser?.close()
  await proxy?.stop()
  await server?.stop()
})
beforeEach(() => (rewrite = (details) => details))
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
  for (const person of [first, second]) await person.verifies()
})

test('so does a password', async () => {
  await meet(passwordPath(), 'Grün ist die Hoffnung')
  await seeEachOther()
  for (const person of [first, second]) await person.verifies()
})

test('the client in Go verifies a call with a key, and has the code of one without', async () => {
  const path = keyedPath()
  await first.comes(path, { name: 'Ann' })
  await first.reads(words.alone)
  const verified = startPeer(server.origin + path, ['-name', 'Gopher'])
  await meetsInGo(verified, () => first.verifies('Gopher'))
  assert.match(verified.log(), /"Ann": verified true/)

  const bare = newPath()
  const peer = startPeer(server.origin + bare, ['-name', 'Gopher'])
  await peer.prints('ack')
  await first.comes(bare, { name: 'Ann' })
  await meetsInGo(peer, async () => {
    const code = await first.finds(words.code)
    await peer.prints(code.toLowerCase())
  })
})

test('the client in Go knocks at a page of ours, writes to it, and exchanges files with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidchat-go-'))
  const [sent, file] = [join(folder, 'from-go.bin'), Buffer.alloc(1_500_000, 'vidchat')]
  await writeFile(sent, file)
  const path = keyedPath()
  await first.comes(path, { name: 'Ann' })
  await first.reads(words.alone)
  await first.toggle('Lock call', true)
  const peer = startPeer(server.origin + path, [
    ...['-name', 'Gopher', '-text', 'Hello from Go'],
    ...['-send', sent, '-receive', folder],
  ])
  try {
    await first.press('Admit')
    await first.seesOf('Gopher')
    await first.opensChat()
    await first.readsLast('Hello from Go')
    await first.writes('Hello from the page')
    await peer.prints('says "Hello from the page"')
    await first.isReadByAll()

    const downloading = first.page.waitForEvent('download')
    await first.fileCard('from-go.bin').getByRole('button', { name: 'Accept' }).click()
    const stream = await (await downloading).createReadStream()
    assert.deepEqual(await readAll(stream), file)

    await first.offers({ name: 'from-page.bin', mimeType: 'text/html', buffer: file })
    await first.readsOf('from-page.bin', 'Gopher has it')
    assert.deepEqual(await readFile(join(folder, 'from-page.bin')), file)
  } finally {
    await peer.stop()
    await rm(folder, { recursive: true })
  }
})

/** Waits until each sees the other, and for what is checked then. */
async function meetsInGo(peer, check) {
  try {
    await first.seesOf('Gopher')
    for (const moment of ['first sound', 'first frame']) await peer.prints(moment)
    await check()
  } finally {
    await peer.stop()
  }
}

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

const cases = Object.entries(tamperings).flatMap(([kind, tamper]) =>
  ['offer', 'answer'].map((type) => ({ kind: `${type}: ${kind}`, type, tamper })),
)

test(`${tampered} calls with a server in the middle that changes descriptions`, async (t) => {
  let refused = 0
  let before
  for (let number = 0; number < tampered; number++) {
    const { kind, type, tamper } = cases[number % cases.length]
    const told = []
    rewrite = (details) => {
      const earlier = before
      before = details.mac ? details : before
      if (details.sdp?.type !== type) return details
      told.push(kind)
      return tamper(details, earlier)
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
