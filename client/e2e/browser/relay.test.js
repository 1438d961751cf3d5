// Calls that are forced onto the server's own TURN server, over each transport, between
// Chromium and Firefox. E2E_RELAYED sets the number of calls over each.
// Slow: each call is between two fresh pages, one of them in Firefox.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCertificate } from '../certificate.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { FirefoxCaller } from './firefox-caller.js'
import { launchFirefox } from './firefox.js'
import { newPath } from './links.js'
import { originalClient } from './original/folder.js'
import { Original } from './original/original.js'
import { forceRelay, settingsOfRelay, startRelay, usesRelay } from './relayed.js'
import { repeat } from './repeat.js'

const count = Number(process.env.E2E_RELAYED ?? 1)
const restarts = Math.ceil(count / 2)

/** How soon the picture has to be back: in ms, or relative to the time the call took to set up. */
const BACK_WITHIN = 5000
const BACK_TIMES = 5
/** How long the first credentials last in seconds, where they are brief. */
const BRIEF = 8

let certificate, chromium, firefox, original
before(async () => {
  certificate = makeCertificate()
  original = originalClient()
  // Nobody has signed the certificate of a turns: server on loopback.
  ;[chromium, firefox] = await Promise.all([
    launch([smallPictures(), '--ignore-certificate-errors']),
    launchFirefox({ authority: certificate.authority }),
  ])
})
after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()])
  certificate?.remove()
  original?.remove()
})

// Also that browsers ask for no protocol of HTTP in the handshake of a turns: URL,
// by which the server tells TURN from HTTP at one port.
for (const transport of ['udp', 'tcp', 'tls', 'https']) {
  test(`over ${transport}: ${count} calls`, (t) =>
    withServer({}, async (server) => {
      await repeat(t, `over ${transport}`, count, (number) =>
        call(number % 2 === 0 ? [inFirefox, ours] : [ours, inFirefox], server, { transport }),
      )
    }))
}

test(`the original client over udp: ${count} calls`, (t) =>
  withServer({ CLIENT_DIR: original.folder }, async (server) => {
    await repeat(t, 'the original client', count, () =>
      call([theirs, theirs], server, { transport: 'udp' }),
    )
  }))

test('a call outlasts its credentials, and then finds new ones', () =>
  withServer({}, (server) =>
    call([ours, ours], server, { transport: 'udp', brief: BRIEF }, async (people) => {
      await sleep(BRIEF * 1000)
      await Promise.all(people.map((person) => person.keepsSeeing(15)))
      const [before] = Object.values(await people[0].iceSessions())
      await people[0].changesNetwork()
      await people[0].leavesIceSession(before)
      await Promise.all(people.map((person) => person.keepsSeeing(15)))
    }),
  ))

// The relays end with the process, so the callers have to find new ones.
test(`a restart of the server during a relayed call: ${restarts} times`, async (t) => {
  const settings = await settingsOfRelay(certificate)
  let server = await startRelay(settings)
  try {
    await repeat(t, 'pictures are back after a restart', restarts, () =>
      call([ours, ours], server, { transport: 'udp' }, async (people) => {
        const setup = Date.now() - people[1].opened
        await server.stop()
        server = await startRelay(settings)
        const started = Date.now()
        await Promise.all(people.map((person) => person.keepsSeeing(3)))
        const back = Date.now() - started
        const late = `back after ${back} ms; the call took ${setup} ms to set up`
        assert.ok(back <= Math.max(BACK_WITHIN, BACK_TIMES * setup), late)
        return { back, setup }
      }),
    )
  } finally {
    await server.stop()
  }
})

async function withServer(more, use) {
  const server = await startRelay(await settingsOfRelay(certificate, more))
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

const ours = (origin) =>
  Caller.arrive(chromium, origin, { ignoreHTTPSErrors: true, ...smallWindow })
const theirs = (origin) => Original.arrive(chromium, origin, { ignoreHTTPSErrors: true })
const inFirefox = (origin) => FirefoxCaller.arrive(firefox, origin)

/** A call in which both see each other by way of a relay, before `then` and after. */
async function call(arrivals, { origin }, how, then = () => ({})) {
  const people = []
  try {
    const path = newPath()
    for (const arrive of arrivals) {
      const person = await arrive(origin)
      people.push(person)
      await forceRelay(person, { origin, ...how })
      await person.enter(path)
      await person.inRoom()
    }
    await Promise.all(people.map((person) => person.keepsSeeing()))
    for (const person of people) await usesRelay(person, how.transport)
    const result = await then(people)
    for (const person of people) {
      await usesRelay(person, how.transport)
      // A restart is seen by what waits for the server.
      if (then.length === 0) assert.deepEqual(person.faults ?? [], [])
    }
    return result
  } finally {
    await Promise.all(people.map((person) => person.leave()))
  }
}
