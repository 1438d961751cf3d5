// Three people in one call: what each is told of the others.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Caller } from './caller.js'
import { smallPictures } from './camera.js'
import { launch } from './chromium.js'
import { keyedPath } from './links.js'
import { startMiddle } from './middle.js'
import { voice } from './voice.js'
import { words } from './words.js'
import { startServer } from '../process.js'

let server, middle, browser, ann, bob, cleo
before(async () => {
  server = await startServer()
  middle = await startMiddle(server.port)
  // Where people speak, as a flag of the whole browser says.
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
  cleo = await come('Cleo', middle.origin)
})
after(async () => {
  await browser?.close()
  await middle?.stop()
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
      await person.tile(name).getByText(words.verified).waitFor()
    }
    assert.equal(await person.page.locator('video').count(), 3)
  }
})

test('who mutes is marked, for the others, and by that one’s name alone', async () => {
  await bob.toggle('Microphone', false)
  for (const person of [ann, cleo]) await person.tile('Bob').getByText(words.muted).waitFor()
  assert.equal(await ann.tile('Cleo').getByText(words.muted).count(), 0)
  await bob.toggle('Microphone', true)
  await ann.tile('Bob').getByText(words.muted).waitFor({ state: 'detached' })
})

test('the only one who is not muted is marked as the one who speaks', async () => {
  await ann.toggle('Microphone', false)
  await cleo.toggle('Microphone', false)
  await ann.tile('Bob').and(ann.page.locator('[data-speaking]')).waitFor()
  assert.equal(await ann.tile('Cleo').and(ann.page.locator('[data-speaking]')).count(), 0)
  await bob.toggle('Microphone', false)
  await ann.page.locator('[data-speaking]').waitFor({ state: 'detached' })
})

test('who loses the server is marked as away, and the picture goes on', async () => {
  middle.cut()
  for (const person of [ann, bob]) await person.tile('Cleo').getByText(words.away).waitFor()
  await cleo.reads(words.serverLost)
  await ann.seesOf('Cleo', 5)
  await cleo.seesOf('Ann', 5)
  middle.mend()
  await ann.tile('Cleo').getByText(words.away).waitFor({ state: 'detached' })
  await cleo.readsNot(words.serverLost)
  assert.deepEqual([...ann.faults, ...bob.faults], [])
})
