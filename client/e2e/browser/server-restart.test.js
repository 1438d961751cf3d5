// The server is killed during a call and restarted. The pictures go on meanwhile, and
// clients of the new protocol are back in the room at once.
// E2E_RESTARTS sets how often, in each kind of call.
// Slow: a host that comes back locks the call again only after 12 s.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Inbox } from '../inbox.js'
import { startServer } from '../process.js'
import { Baseline } from './baseline.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { keyedPath, newPath } from './links.js'
import { originalClient, replaceClient } from './original/folder.js'
import { Original } from './original/original.js'
import { repeat } from './repeat.js'
import { words } from './words.js'

const restarts = Number(process.env.E2E_RESTARTS ?? 2)

/** The longest a picture may freeze: in ms, or relative to the baseline. */
const MAX_FREEZE = 300
const MAX_FREEZE_TIMES = 4
/** How soon all are back in the room: in ms, or relative to the time they took to enter. */
const BACK_WITHIN = 5000
const BACK_TIMES = 5

let original, theirs, browser, baseline
before(async () => {
  original = originalClient()
  theirs = await startServer({ CLIENT_DIR: original.folder })
  // A browser of this file's own: all pages of a browser share one camera, which
  // pauses for all of them when the page of another test opens it.
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

test('a guest who knocks while the server is killed is not admitted by the restart', async () => {
  let server = await startServer()
  const [host, guest] = await Promise.all([arriveAtOurs(server), arriveAtOurs(server)])
  try {
    const path = keyedPath()
    await host.enter(path)
    await host.reads(words.alone)
    await host.toggle('Lock call', true)
    await guest.enter(path, 'Gustav')
    await host.reads('Gustav wants to join.')
    const lost = [host.disconnected(), guest.disconnected()]
    const knocked = knockOnNewSocket(host.page)
    await server.kill()
    await Promise.all(lost)
    server = await startServer({}, server.port)
    await knocked // and not inside
    await host.reads('Gustav wants to join.')
    await guest.reads(words.knocking)
    await host.press('Admit')
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
      let entry = 0
      for (const arrive of [arriveFirst, arriveSecond]) {
        const person = await arrive(server)
        people.push(person)
        await person.enter(path)
        await person.inRoom()
        entry = Math.max(entry, Date.now() - person.opened)
      }
      await Promise.all(people.map((person) => person.keepsSeeing(15)))
      await repeat(t, `pictures outlive a killed server in ${kind}`, restarts, async () => {
        const restart = () => startServer({}, server.port).then((again) => (server = again))
        return surviveRestart(people, server, restart, entry)
      })
    } finally {
      await Promise.all(people.map((person) => person.leave()))
      await server.stop()
    }
  })
}

// Kills and restarts the server once; the call has to go on.
async function surviveRestart(people, server, restart, entry) {
  const ours = people.filter((person) => person instanceof Caller)
  await baseline.watch()
  await Promise.all(people.map((person) => person.watchFreezes()))
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
  const freezes = (await Promise.all(people.map((person) => person.freezes()))).flat()
  const longest = Math.max(...freezes.map(({ longest, unseen }) => longest - unseen))
  const usual = await baseline.longest()
  const interruptions = await Promise.all(people.map((person) => person.interruptions()))

  const figures = `${JSON.stringify(freezes)}, baseline ${usual} ms; back after ${back} ms`
  assert.deepEqual(interruptions.flat(), [])
  assert.equal(freezes.length, people.length, `not one picture for each: ${figures}`)
  const limit = Math.max(MAX_FREEZE, MAX_FREEZE_TIMES * usual)
  assert.ok(longest <= limit, `a picture froze: ${figures}`)
  const latest = Math.max(BACK_WITHIN, BACK_TIMES * entry)
  assert.ok(back <= latest, `not in the room again in time: ${figures}`)
  // The last to enter is told of all the others.
  const met = Math.max(0, ...entries.map(({ peers }) => peers.length))
  assert.equal(met, Math.max(0, ours.length - 1), 'not all are in one room')
  return { longest, usual, back }
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
