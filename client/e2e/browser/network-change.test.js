// One person's network is gone for ten seconds, for media and for the server, and
// another one takes its place. An ICE restart brings the picture back, over the same
// connection. E2E_OUTAGES sets how often.
// Slow: the network is gone for ten seconds each time.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../process.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launchWhole } from './chromium.js'
import { keyedPath } from './links.js'
import { Nat } from './nat.js'
import { Network } from './network.js'
import { startPausableProxy } from './pausable-proxy.js'
import { repeat } from './repeat.js'

const outages = Number(process.env.E2E_OUTAGES ?? 2)

/** How long the network is gone, in ms. */
const GONE_FOR = 10_000
/** How soon the picture has to be back: in ms, or relative to the time the call took to set up. */
const BACK_WITHIN = 5000
const BACK_TIMES = 5
/** How many frames may still arrive once the network is gone: a second's, where 150 would come. */
const LAST_FRAMES = 15

let server, browser
before(async () => {
  server = await startServer()
  // A browser of this file's own: all pages of a browser share one camera, which
  // pauses for all of them when the page of another test opens it.
  browser = await launchWhole([smallPictures()])
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

// In every other outage, connections to the server are lost as well.
test(`a network is gone for ${GONE_FOR / 1000} s, ${outages} times`, (t) =>
  repeat(t, 'pictures are back by an ICE restart', outages, (number) => outage(number % 2 === 1)))

test('both look for another way at once, and do not lose sight of each other', async () => {
  const proxies = []
  const people = []
  try {
    const path = keyedPath()
    for (let count = 0; count < 2; count++) {
      const proxy = await startPausableProxy(server.port)
      proxies.push(proxy)
      const person = await Caller.arrive(browser, proxy.origin, smallWindow)
      people.push(person)
      await person.enter(path)
      await person.inRoom()
    }
    await Promise.all(people.map((person) => person.keepsSeeing()))
    const before = await sessions(people)

    // The two offers meet on the way, so that one of them has to be taken back.
    for (const proxy of proxies) proxy.pause()
    await Promise.all(people.map((person) => person.changesNetwork()))
    await Promise.all(people.map((person) => person.hasOffered()))
    for (const proxy of proxies) proxy.resume()
    await Promise.all(people.map((person, index) => person.leavesIceSession(before[index])))
    await Promise.all(people.map((person) => person.keepsSeeing(10)))
  } finally {
    await Promise.all(people.map((person) => person.leave()))
    for (const proxy of proxies) proxy.stop()
  }
})

async function outage(lost) {
  const nat = new Nat()
  const networks = []
  const people = []
  try {
    const path = keyedPath()
    for (let count = 0; count < 2; count++) {
      const network = await Network.create(server, nat)
      networks.push(network)
      const person = await Caller.arrive(browser, network.origin, { network, ...smallWindow })
      people.push(person)
      await person.enter(path)
      await person.inRoom()
    }
    await Promise.all(people.map((person) => person.keepsSeeing(10)))
    const setup = Date.now() - people[1].opened
    const before = await sessions(people)

    await networks[0].disconnect()
    const last = await framesSeen(people)
    await sleep(GONE_FOR)
    for (const [index, frames] of (await framesSeen(people)).entries()) {
      const came = frames - last[index]
      assert.ok(came <= LAST_FRAMES, `${came} frames arrived while the network was gone`)
    }

    const reconnected = Date.now()
    await networks[0].reconnect({ lost })
    // Pictures from before the outage can still arrive now, so the ICE restart is awaited first.
    await Promise.all(people.map((person, index) => person.leavesIceSession(before[index])))
    await Promise.all(people.map((person) => person.keepsSeeing(3)))
    const back = Date.now() - reconnected
    const after = await sessions(people)
    for (const [index, { number }] of after.entries()) {
      assert.equal(number, before[index].number, `another connection was made (lost: ${lost})`)
    }
    const late = `back after ${back} ms; the call took ${setup} ms to set up (lost: ${lost})`
    assert.ok(back <= Math.max(BACK_WITHIN, BACK_TIMES * setup), late)
    return { back, setup }
  } finally {
    await Promise.all(people.map((person) => person.leave()))
    for (const network of networks) network.close()
    await nat.stop()
  }
}

/** The ICE session and the connection by which each sees the other. */
async function sessions(people) {
  const all = await Promise.all(people.map((person) => person.iceSessions()))
  return all.map((byLabel) => Object.values(byLabel)[0])
}

const framesSeen = (people) => Promise.all(people.map((person) => person.framesSeen()))
