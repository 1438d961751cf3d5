// The server goes away and comes back. People are told, and the call goes on.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { startServer } from '../process.js'
import { newPath } from './links.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { words } from './words.js'

let server, browser
before(async () => (browser = await openBrowser()))
after(() => browser?.close())
beforeEach(async () => (server = await startServer()))
afterEach(() => server?.stop())

test('a call outlives its server, and both are in the room again', async () => {
  const path = newPath()
  const people = []
  try {
    for (let count = 0; count < 2; count++) {
      const person = await Caller.arrive(browser, server.origin)
      people.push(person)
      await person.enter(path)
      await person.inRoom()
    }
    await Promise.all(people.map((person) => person.sees()))

    await server.stop()
    await Promise.all(people.map((person) => person.reads(words.serverLost)))
    await Promise.all(people.map((person) => person.keepsSeeing(20)))

    server = await startServer({}, server.port)
    await Promise.all(people.map((person) => person.readsNot(words.serverLost)))
    await Promise.all(people.map((person) => person.keepsSeeing(20)))
    await people[1].press('Hang up')
    await people[0].reads(words.otherLeft)
  } finally {
    await Promise.all(people.map((person) => person.leave()))
  }
})

test('a person who joins while the server is away is told, and joins when it is back', async () => {
  const caller = await Caller.arrive(browser, server.origin)
  try {
    await caller.open(newPath())
    await caller.seesSelf()
    await server.stop()
    await caller.press('Join call')
    await caller.reads(words.serverAway)
    server = await startServer({}, server.port)
    await caller.reads(words.alone)
    assert.equal(await caller.button('Hang up').isVisible(), true)
  } finally {
    await caller.leave()
  }
})
