// The server is killed during a call, and started again: the picture goes on all
// the while, and who speaks the new protocol is in the room again at once.
// E2E_RESTARTS is how often, in each kind of call.
// Slow: who knocks is heard of again once the host has locked the door anew, which takes 12 s.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Inbox } from '../inbox.js'
import { startServer } from '../process.js'
import { Baseline } from './baseline.js'
import { newPath } from './call.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { keyedPath } from './links.js'
import { originalClient, replaceClient } from './original/folder.js'
import { Original } from './original/original.js'
import { rounds } from './rounds.js'
import { words } from './words.js'

const restarts = Number(process.env.E2E_RESTARTS ?? 2)

/**
 * The longest that a picture may stand still, and how soon all are in the room
 * again: in ms, or in times what pictures do beside it and the way in took.
 */
const STILL_FOR = 300
const STILL_TIMES = 4
const BACK_WITHIN = 5000
const BACK_TIMES = 5

let original, theirs, browser, baseline
before(async () => {
  original = originalClient()
  theirs = await startServer({ CLIENT_DIR: original.folder })
  // A browser of this file's own: the pages of one share its camera, and its
  // pictures pause for all when another page opens it.
  browser = await launch([smallPictures()])
  baseline = await Baseline.start(() => Original.arrive(browser, theirs.origin, smallWindow))
})
after(async () => {
  await browser?.close()
  await theirs?.stop()
  original?.remove()
})

const arriveAtOurs = (server) => Caller.arrive(browser, server.origin, smallWindow)
const arriveWithOriginal = async (server) => {
  const person = await Original.arrive(browser, server.origin, smallWindow)
  await replaceClient(person.context, theirs.origin)
  return person
}

restartsDuring('a call', arriveAtOurs, arriveAtOurs)
restartsDuring("a call of the original's clients", arriveWithOriginal, arriveWithOriginal)
restartsDuring("a call between the original's client and ours", arriveWithOriginal, arriveAtOurs)

test('the server is killed while somebody knocks, who does not slip in', async () => {
  let server = await startServer()
  const [host, guest] = await Promise.all([arriveAtOurs(server), arriveAtOurs(server)])
  try {
    const path = keyedPath()
    await host.enter(path)
    await host.reads(words.alone)
    await host.toggle('Lock call', true)
    await guest.enter(path, 'Gustav')
    await guest.press('Ask to be let in')
    await host.reads('Gustav asks to be let in.')
    const lost = [host.disconnected(), guest.disconnected()]
    const knocked = knockOnNewSocket(host.page)
    await server.kill()
    await Promise.all(lost)
    server = await startServer({}, server.port)
    await knocked // and not inside
    await host.reads('Gustav asks to be let in.')
    await guest.reads(words.knocking)
    await host.press('Let in')
    await Promise.all([host.sees(), guest.sees()])
  } finally {
    await Promise.all([host.leave(), guest.leave()])
    await server.stop()
  }
})

function restartsDuring(kind, arriveFirst, arriveSecond) {
  test(`the server is killed during ${kind}, ${restarts} times`, async (t) => {
    let server = await startServer()
    const people = []
    try {
      const path = newPath()
      let wayIn = 0
      for (const arrive of [arriveFirst, arriveSecond]) {
        const person = await arrive(server)
        people.push(person)
        await person.enter(path)
        await person.inRoom()
        wayIn = Math.max(wayIn, Date.now() - person.opened)
      }
      await Promise.all(people.map((person) => person.keepsSeeing(15)))
      await rounds(t, `pictures outlive a killed server in ${kind}`, restarts, async () => {
        const restart = () => startServer({}, server.port).then((again) => (server = again))
        return survives(people, server, restart, wayIn)
      })
    } finally {
      await Promise.all(people.map((person) => person.leave()))
      await server.stop()
    }
  })
}

// One death of the server, as those in the call see it.
async function survives(people, server, restart, wayIn) {
  const ours = people.filter((person) => person instanceof Caller)
  await baseline.watch()
  await Promise.all(people.map((person) => person.watchStillness()))
  await Promise.all(people.map((person) => person.watchInterruptions()))
  const lost = people.map((person) => person.disconnected())
  const found = people.map(({ page }) => page.waitForEvent('websocket', openSocket))
  const killed = Date.now()
  await server.kill()
  await Promise.all(lost)
  await Promise.all(people.map((person) => person.keepsSeeing())) // without a server
  await restart()
  const restarted = Date.now()
  const entries = await Promise.all(ours.map((person) => person.seated(killed)))
  await Promise.all(found)
  await Promise.all(people.map((person) => person.keepsSeeing(25)))

  const back = entries.length > 0 ? Math.max(...entries.map(({ at }) => at)) - restarted : 0
  const sights = await Promise.all(people.map((person) => person.stillness()))
  const rests = sights.flatMap(({ rests }) => rests)
  const still = Math.max(...rests.map(({ still }) => still))
  const seen = Math.max(...rests.map(({ still, unseen }) => still - unseen))
  const usual = await baseline.longest()
  const interruptions = await Promise.all(people.map((person) => person.interruptions()))

  const figures = `${JSON.stringify(sights)}, ${usual} ms beside it; back after ${back} ms`
  assert.deepEqual(interruptions.flat(), [])
  assert.equal(rests.length, people.length, `not one picture for each: ${figures}`)
  const longest = Math.max(STILL_FOR, STILL_TIMES * usual)
  assert.ok(seen <= longest, `a picture stood still: ${figures}`)
  const latest = Math.max(BACK_WITHIN, BACK_TIMES * wayIn)
  assert.ok(back <= latest, `not in the room again in time: ${figures}`)
  // Who enters last is told of all the others.
  const met = Math.max(0, ...entries.map(({ peers }) => peers.length))
  assert.equal(met, Math.max(0, ours.length - 1), 'not all are in one room')
  return { still, usual, back }
}

// Somebody knocks, as a socket is told that this page opens from now on.
function knockOnNewSocket(page) {
  const told = new Inbox()
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      if (String(payload).includes('["knock"')) told.push(payload)
    })
  })
  return told.next('a knock')
}

// The server is up again: one more socket is opened to it, and not refused.
const openSocket = {
  predicate: (socket) =>
    socket.waitForEvent('framereceived').then(
      () => true,
      () => false,
    ),
}
