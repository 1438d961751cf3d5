// What people write, send and signal to each other beside audio and video.
// E2E_FILE_MIB sets the size of the file whose rate is measured.
// Slow: it sends such a file four times, and the server is killed during a call.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { buffer as readAll } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { check, checkLooks } from './axe.js'
import { smallWindow } from './camera.js'
import { openBrowser } from './chromium.js'
import { keyedPath, newPath } from './links.js'
import { originalClient, replaceClient } from './original/folder.js'
import { Original } from './original/original.js'
import { inMotion } from './person.js'
import { rawRate, Talker } from './talk.js'
import { words } from './words.js'

const MIB = 1024 ** 2
const measured = Number(process.env.E2E_FILE_MIB ?? 8) * MIB

let server, browser, ann, bo
before(async () => {
  server = await startServer()
  browser = await openBrowser()
  ann = await Talker.arrive(browser, server.origin, inMotion)
  bo = await Talker.arrive(browser, server.origin, inMotion)
  await bo.context.addInitScript(saveToOwnFolder)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

// Runs in the page: whoever is asked where to save a large file names a folder of the page,
// as nobody is there to name another.
function saveToOwnFolder() {
  window.showSaveFilePicker = async ({ suggestedName }) => {
    const folder = await navigator.storage.getDirectory()
    return folder.getFileHandle(suggestedName, { create: true })
  }
}

const hears = ({ page }, sentence) =>
  page.getByRole('log').getByText(sentence).first().waitFor({ state: 'attached' })

// The tests up to the one of the lost server are in one call, and each begins where the one
// before ended.
const path = keyedPath()
const markup = '<b onclick="x">bold</b> &amp; https://example.com/a?b=(c). http://x@evil.example/'
const texts = [markup, 'yes', 'during a restart of ICE']

test('texts arrive in order, as text with links, also while ICE restarts', async () => {
  await ann.comes(path, { name: 'Ann' })
  await ann.reads(words.alone)
  await bo.comes(path, { name: 'Bo' })
  await Promise.all([ann.verifies(), bo.verifies()])
  await ann.opensChat()
  await ann.writes(markup)
  await hears(bo, `Ann: ${markup}`)
  await bo.button('Chat, 1 unread').waitFor()
  await bo.opensChat()
  assert.deepEqual(await bo.texts(), [markup])
  const links = bo.page.locator('aside .text a')
  assert.equal(await links.count(), 1)
  assert.equal(await links.getAttribute('href'), 'https://example.com/a?b=(c)')
  assert.equal(await links.getAttribute('rel'), 'noopener noreferrer')
  assert.equal(await bo.page.locator('aside .text b').count(), 0)
  await bo.reads(words.earlierTexts)
  await ann.readsNot(words.earlierTexts)
  await bo.writes('yes')
  await ann.readsLast('yes')
  await bo.button('Chat').waitFor()
  await Promise.all([ann.changesNetwork(), ann.writes('during a restart of ICE')])
  await bo.readsLast('during a restart of ICE')
  assert.deepEqual(await ann.texts(), texts)
})

test('who comes later sees the hands that are raised, and no earlier text', async () => {
  await signals(bo, 'Raise hand')
  await hears(ann, 'Bo raised their hand.')
  await signals(ann, 'Raise hand')
  const cy = await Talker.arrive(browser, server.origin, smallWindow)
  try {
    await cy.enter(path, 'Cy')
    await Promise.all([cy.verifies('Ann'), cy.verifies('Bo')])
    const sees = (name, words) => cy.tile(name).getByText(words).waitFor({ state: 'attached' })
    await sees('Bo', 'Raised hand, 1st in order')
    await sees('Ann', 'Raised hand, 2nd in order')
    await signals(bo, 'Lower hand')
    await sees('Ann', 'Raised hand, 1st in order')
    await signals(bo, 'Applause')
    await check(bo, 'reactions')
    await hears(cy, 'Bo: Applause')
    await cy.opensChat()
    await cy.reads(words.earlierTexts)
    assert.deepEqual(await cy.texts(), [])
    await ann.writes('hello Cy')
    await cy.readsLast('hello Cy')
    await ann.isReadByAll()
    assert.deepEqual(cy.faults, [])
  } finally {
    await cy.leave()
  }
})

/** Opens the reactions if they are not, and presses one. */
async function signals(person, name) {
  const more = person.page.getByRole('button', { name: /^Reactions and more/ })
  if ((await more.getAttribute('aria-expanded')) === 'false') await more.click()
  await person.press(name)
}

const saved = async (download) => readAll(await download.createReadStream())

const sha256 = (data) => createHash('sha256').update(data).digest('hex')

/** Bytes that differ from block to block. */
function bytes(length) {
  const data = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) data.writeUInt32LE((at * 2654435761) >>> 0, at)
  return data
}

test('files come only if accepted, whole, under a clean name, nearly as fast as a channel is', async (t) => {
  await ann.reads('Files up to')
  const [name, shown] = ['..\\evil\u202egnp.exe ', 'evilgnp.exe']
  const buffer = bytes(1.5 * MIB)
  const file = (name, buffer) => ({ name, mimeType: 'text/html', buffer })

  await ann.offers(file('no.txt', bytes(10)))
  await bo.fileCard('no.txt').getByRole('button', { name: 'Decline' }).click()
  await ann.readsOf('no.txt', 'Bo declined')

  await ann.offers(file(name, buffer))
  await bo.readsOf(shown, 'Accept only what you expect.')
  await checkLooks(bo, 'a file that is offered')
  const downloading = bo.page.waitForEvent('download')
  await bo.fileCard(shown).getByRole('button', { name: 'Accept' }).click()
  await ann.changesNetwork() // ICE restarts meanwhile
  const download = await downloading
  assert.equal(download.suggestedFilename(), shown)
  assert.equal(sha256(await saved(download)), sha256(buffer))
  await ann.readsOf(shown, 'Bo has it')
  await bo.readsOf(shown, 'Received')

  let seconds
  for (const name of ['first.bin', 'rate.bin']) {
    await ann.offersBytes(name, measured)
    seconds = await bo.receives(name)
  }
  const rate = measured / seconds
  await ann.readsOf('rate.bin', 'Bo has it')
  const raw = await rawRate(ann, bo, measured)
  t.diagnostic(
    `a file of ${measured / MIB} MiB: ${(rate / MIB).toFixed(1)} MiB/s, a raw data channel ` +
      `${(raw / MIB).toFixed(1)} MiB/s (${Math.round((100 * rate) / raw)} %)`,
  )
  assert.deepEqual([ann.faults, bo.faults], [[], []])
})

test('files are picked, dropped and pasted, and a text that is pasted stays a text', async () => {
  await ann.picksFile('picked.txt')
  await bo.declines('picked.txt')
  await ann.givesFile('pasted.png', 'paste', 'textarea')
  await bo.declines('pasted.png')
  assert.equal(await ann.pastesText('just words'), true, 'the browser pastes a text itself')
  await ann.chatButton.click()
  await ann.page.getByLabel('Message', { exact: true }).waitFor({ state: 'detached' })
  assert.equal(await ann.givesFile('dropped.txt', 'dragover', 'body'), false, 'the page stays')
  await ann.page.getByText('Drop to send.').waitFor()
  assert.equal(await ann.givesFile('dropped.txt', 'drop', 'body'), false, 'the page stays')
  await bo.declines('dropped.txt')
  await ann.readsOf('dropped.txt', 'Bo declined')
  assert.deepEqual([ann.faults, bo.faults], [[], []])
})

test('texts go on without a server, and after it is back', async () => {
  const lost = [ann.disconnected(), bo.disconnected()]
  await server.kill()
  await Promise.all(lost)
  const numbered = [1, 2, 3].map((number) => `without a server ${number}`)
  for (const text of numbered) await ann.writes(text)
  await bo.readsLast(numbered.at(-1))
  const restarted = Date.now()
  server = await startServer({}, server.port)
  await Promise.all([ann.seated(restarted), bo.seated(restarted)])
  await bo.writes('after it')
  await ann.readsLast('after it')
  const all = [...texts, 'hello Cy', ...numbered, 'after it']
  assert.deepEqual(await ann.texts(), all)
  assert.deepEqual(await bo.texts(), all)
  await ann.isReadByAll()
  ann.faults.splice(0) // the server was killed
})

test("the original's client is in the call, and its tile says that it cannot read along", async () => {
  const original = originalClient()
  const theirs = await startServer({ CLIENT_DIR: original.folder })
  const old = await Original.arrive(browser, server.origin, smallWindow)
  try {
    await replaceClient(old.context, theirs.origin)
    const path = newPath()
    await old.enter(path)
    await old.inRoom()
    await ann.comes(path, { name: 'Ann' })
    await Promise.all([ann.sees(), old.sees()])
    await ann.opensChat()
    await ann.reads('The other person can’t read the chat: their page is too old.')
    await ann.page.locator('[data-peer]').getByText('Can’t read the chat').waitFor()
    await ann.writes('hello?')
    await ann.reads('The other person can’t read it.')
    assert.deepEqual(old.faults, [])
  } finally {
    await old.leave()
    await theirs.stop()
    original.remove()
  }
})
