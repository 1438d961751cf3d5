// One person's network is gone for ten seconds, for media and for the server,
// and another one comes: the picture is back by an ICE restart, in the connection
// that there was. E2E_OUTAGES is how often.
// Slow: the network is gone for ten seconds each time.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../process.js'
import { newKeyedPath } from './call.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { Doors } from './doors.js'
import { startGate } from './gate.js'
import { Line } from './line.js'
import { rounds } from './rounds.js'

const outages = Number(process.env.E2E_OUTAGES ?? 2)

/** How long the network is gone, in ms. */
const GONE_FOR = 10_000
/** How soon the picture has to be back: in ms, or in times what the call took to begin. */
const BACK_WITHIN = 5000
const BACK_TIMES = 5
/** At most so many pictures of the last on the way are shown, a second's; 150 would come by. */
const LAST_PICTURES = 15

let server, browser
before(async () => {
  server = await startServer()
  // A browser of this file's own: the pages of one share its camera, and its
  // pictures pause for all when another page opens it.
  browser = await launch([smallPictures()])
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

// In turns, connections to the server outlive the outage, or are lost with it.
test(`a network is gone for ${GONE_FOR / 1000} s, ${outages} times`, (t) =>
  rounds(t, 'pictures are back by an ICE restart', outages, (round) => outage(round % 2 === 1)))

test('both look for another way at once, and do not lose sight of each other', async () => {
  const gates = []
  const people = []
  try {
    const path = newKeyedPath()
    for (let count = 0; count < 2; count++) {
      const gate = await startGate(server.port)
      gates.push(gate)
      const person = await Caller.arrive(browser, gate.origin, smallWindow)
      people.push(person)
      await person.enter(path)
      await person.inRoom()
    }
    await Promise.all(people.map((person) => person.keepsSeeing()))
    const before = await sessions(people)

    // The two offers meet on the way, so that one of them has to be taken back.
    for (const gate of gates) gate.shut()
    await Promise.all(people.map((person) => person.changesNetwork()))
    await Promise.all(people.map((person) => person.hasOffered()))
    for (const gate of gates) gate.open()
    await Promise.all(people.map((person, index) => person.leavesIceSession(before[index])))
    await Promise.all(people.map((person) => person.keepsSeeing(10)))
  } finally {
    await Promise.all(people.map((person) => person.leave()))
    for (const gate of gates) gate.stop()
  }
})

async function outage(lost) {
  const doors = new Doors()
  const lines = []
  const people = []
  try {
    const path = newKeyedPath()
    for (let count = 0; count < 2; count++) {
      const line = await Line.lay(server, doors)
      lines.push(line)
      const person = await Caller.arrive(browser, line.origin, { line, ...smallWindow })
      people.push(person)
      await person.enter(path)
      await person.inRoom()
    }
    await Promise.all(people.map((person) => person.keepsSeeing(10)))
    const begun = Date.now() - people[1].opened
    const before = await sessions(people)

    await lines[0].cut()
    const last = await framesSeen(people)
    await sleep(GONE_FOR)
    for (const [index, frames] of (await framesSeen(people)).entries()) {
      const came = frames - last[index]
      assert.ok(came <= LAST_PICTURES, `${came} pictures came by while the network was gone`)
    }

    const mended = Date.now()
    await lines[0].mend({ lost })
    await Promise.all(people.map((person) => person.keepsSeeing(3)))
    const back = Date.now() - mended
    const after = await sessions(people)
    for (const [index, { number, session }] of after.entries()) {
      assert.equal(number, before[index].number, `another connection was made (lost: ${lost})`)
      assert.notEqual(session, before[index].session, 'no ICE restart brought the picture back')
    }
    const late = `back after ${back} ms, where the call took ${begun} to begin (lost: ${lost})`
    assert.ok(back <= Math.max(BACK_WITHIN, BACK_TIMES * begun), late)
    return { back, begun }
  } finally {
    await Promise.all(people.map((person) => person.leave()))
    for (const line of lines) line.remove()
    await doors.stop()
  }
}

/** The ICE session and connection that each sees the other by. */
async function sessions(people) {
  const all = await Promise.all(people.map((person) => person.iceSessions()))
  return all.map((byLabel) => Object.values(byLabel)[0])
}

const framesSeen = (people) => Promise.all(people.map((person) => person.framesSeen()))
