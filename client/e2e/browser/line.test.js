// One person's network is gone for ten seconds, for media and for the server,
// and another one comes: the picture is back by an ICE restart, in the connection
// that there was. E2E_OUTAGES is how often.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../process.js'
import { newKeyedPath } from './call.js'
import { Caller } from './caller.js'
import { smallCamera, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { Doors } from './doors.js'
import { startGate } from './gate.js'
import { Line } from './line.js'
import { rounds } from './rounds.js'

const outages = Number(process.env.E2E_OUTAGES ?? 2)

/** How long the network is gone, and how soon the picture has to be back, in ms. */
const GONE_FOR = 10_000
const BACK_WITHIN = 5000
/** The last pictures on the way have been shown by then, in ms. */
const LAST_PICTURES = 2000

let server, camera, browser
before(async () => {
  server = await startServer()
  camera = smallCamera()
  browser = await launch(camera.devices)
})
after(async () => {
  await browser?.close()
  await server?.stop()
  camera?.remove()
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
    const before = await sessions(people)

    await lines[0].cut()
    await sleep(LAST_PICTURES)
    await Promise.all(people.map((person) => person.watchStillness()))
    await sleep(GONE_FOR - LAST_PICTURES)
    await sawNothing(people)

    await Promise.all(people.map((person) => person.watchStillness()))
    const mended = Date.now()
    await lines[0].mend({ lost })
    await Promise.all(people.map((person) => person.keepsSeeing(3)))
    const back = Date.now() - mended
    const sights = await Promise.all(people.map((person) => person.stillness()))
    const busy = Math.max(...sights.map(({ busy }) => busy))
    const after = await sessions(people)
    for (const [index, { number, session }] of after.entries()) {
      assert.equal(number, before[index].number, `another connection was made (lost: ${lost})`)
      assert.notEqual(session, before[index].session, 'no ICE restart brought the picture back')
    }
    // A page that gets no time from a busy machine cannot hurry.
    const late = `the pictures were back after ${back} ms, ${busy} of them busy (lost: ${lost})`
    assert.ok(back - busy <= BACK_WITHIN, late)
    return { back, busy }
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

/** All the while that was watched, nobody's picture moved: the network was gone. */
async function sawNothing(people) {
  for (const person of people) {
    const { rests } = await person.stillness()
    const [{ still }] = rests
    assert.ok(still > GONE_FOR - LAST_PICTURES - 500, `pictures came by: ${JSON.stringify(rests)}`)
  }
}
