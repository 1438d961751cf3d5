// Three people in one call: what each one sees of the others, and where.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { check } from './axe.js'
import { Caller } from './caller.js'
import { smallPictures } from './camera.js'
import { launch } from './chromium.js'
import { keyedPath } from './links.js'
import { startMitmProxy } from './mitm-proxy.js'
import { isLarge, tilesFit } from './tiles.js'
import { voice } from './voice.js'
import { words } from './words.js'
import { startServer } from '../process.js'

let server, proxy, browser, ann, bob, cleo
before(async () => {
  server = await startServer()
  proxy = await startMitmProxy(server.port)
  // A browser of this file's own: a flag makes every microphone in it hear a voice.
  browser = await launch([smallPictures(), voice()])
  const path = keyedPath()
  const come = async (name, origin) => {
    const person = await Caller.arrive(browser, origin)
    await person.comes(path, { name })
    await person.inRoom()
    return person
  }
  ann = await come('Ann', server.origin)
  bob = await come('Bob', server.origin)
  cleo = await come('Cleo', proxy.origin)
})
after(async () => {
  await browser?.close()
  await proxy?.stop()
  await server?.stop()
})

test('each sees the others by name, and all are verified', async () => {
  const others = [
    [ann, ['Bob', 'Cleo']],
    [bob, ['Ann', 'Cleo']],
    [cleo, ['Ann', 'Bob']],
  ]
  for (const [person, names] of others) {
    for (const name of names) {
      await person.seesOf(name)
      await person.verifies(name)
    }
    assert.equal(await person.page.locator('video').count(), 3)
  }
})

test('a muted person is marked for the others, and only that person', async () => {
  await bob.toggle('Microphone', false)
  for (const person of [ann, cleo]) await person.tile('Bob').getByText(words.muted).waitFor()
  assert.equal(await ann.tile('Cleo').getByText(words.muted).count(), 0)
  await bob.toggle('Microphone', true)
  await ann.tile('Bob').getByText(words.muted).waitFor({ state: 'detached' })
})

test('the only person who is not muted is marked as speaking', async () => {
  await ann.toggle('Microphone', false)
  await cleo.toggle('Microphone', false)
  await ann.tile('Bob').and(ann.page.locator('[data-speaking]')).waitFor()
  assert.equal(await ann.tile('Cleo').and(ann.page.locator('[data-speaking]')).count(), 0)
  await bob.toggle('Microphone', false)
  await ann.page.locator('[data-speaking]').waitFor({ state: 'detached' })
})

test('a tile can be pinned, and be on the full screen', async () => {
  await tilesFit(ann, 3)
  await ann.press('Pin Cleo')
  await isLarge(ann, 'Cleo', ['Bob', 'You'])
  await tilesFit(ann, 3)
  await ann.button('Pin Cleo').and(ann.page.locator('[aria-pressed="true"]')).waitFor()
  await check(ann, 'a pinned tile')
  await ann.press('Full screen: Bob')
  await ann.page.waitForFunction(() => document.fullscreenElement?.dataset.peer)
  assert.deepEqual(await ann.tile('Bob').boundingBox(), { x: 0, y: 0, ...ann.page.viewportSize() })
  await ann.page.keyboard.press('f')
  await ann.page.waitForFunction(() => !document.fullscreenElement)
  await ann.press('Pin Cleo')
  await tilesFit(ann, 3)
})

test('in speaker view, whoever speaks is large, as is a shared screen', async () => {
  await ann.pressUnderMore('Speaker view')
  await isLarge(ann, 'Bob', ['Cleo', 'You'])
  await cleo.toggle('Microphone', true)
  await isLarge(ann, 'Cleo', ['Bob', 'You'])
  await bob.toggle('Share screen', true)
  await isLarge(ann, 'Bob’s screen', ['Bob', 'Cleo', 'You'])
  await tilesFit(ann, 4)
  await bob.press('Stop sharing')
  await isLarge(ann, 'Cleo', ['Bob', 'You'])
  await ann.page.keyboard.press('l')
  await ann.page.locator('.grid.spotlight').waitFor({ state: 'detached' })
  await tilesFit(ann, 3)
  await cleo.toggle('Microphone', false)
})

test('a person who loses the server is marked as away, and the picture goes on', async () => {
  proxy.disconnect()
  for (const person of [ann, bob]) await person.tile('Cleo').getByText(words.away).waitFor()
  await cleo.reads(words.serverLost)
  await ann.seesOf('Cleo', 5)
  await cleo.seesOf('Ann', 5)
  proxy.reconnect()
  await ann.tile('Cleo').getByText(words.away).waitFor({ state: 'detached' })
  await cleo.readsNot(words.serverLost)
  assert.deepEqual([...ann.faults, ...bob.faults], [])
})
