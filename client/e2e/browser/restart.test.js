// The server is killed during a call, and started again: the picture goes on all
// the while, and who speaks the new protocol is in the room again at once.
// E2E_RESTARTS is how often, in each kind of call.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Inbox } from '../inbox.js'
import { startServer } from '../process.js'
import { newPath } from './call.js'
import { Caller } from './caller.js'
import { smallCamera, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { keyedPath } from './links.js'
import { originalClient, replaceClient } from './original/folder.js'
import { Original } from './original/original.js'
import { rounds } from './rounds.js'
import { words } from './words.js'

const restarts = Number(process.env.E2E_RESTARTS ?? 2)

/** The longest that a picture may stand still, and how soon all are in the room again, in ms. */
const STILL_FOR = 300
const BACK_WITHIN = 5000

let original, theirs, camera, browser
before(async () => {
  original = originalClient()
  theirs = await startServer({ CLIENT_DIR: original.folder })
  camera = smallCamera()
  browser = await launch(camera.devices)
})
after(async () => {
  await browser?.close()
  await theirs?.stop()
  camera?.remove()
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
      for (const arrive of [arriveFirst, arriveSecond]) {
        const person = await arrive(server)
        people.push(person)
        await person.enter(path)
        await person.inRoom()
      }
      await Promise.all(people.map((person) => person.keepsSeeing(15)))
      await rounds(t, `pictures outlive a killed server in ${kind}`, restarts, async () => {
        const restart = () => startServer({}, server.port).then((again) => (server = again))
        return survives(people, server, restart)
      })
    } finally {
      await Promise.all(people.map((person) => person.leave()))
      await server.stop()
    }
  })
}

// One death of the server, as those in the call see it.
async function survives(people, server, restart) {
  const ours = people.filter((person) => person instanceof Caller)
  await Promise.all(people.map((person) => person.watchStillness()))
  const lost = people.map((person) => person.disconnected())
  const found = people.map(({ page }) => page.waitForEvent('websocket', openSocket))
  const killed = Date.now()
  await server.kill()
  await Promise.all(lost)
  await restart()
  const entries = await Promise.all(ours.map((person) => person.seated(killed)))
  await Promise.all(found)
  await Promise.all(people.map((person) => person.keepsSeeing(25)))

  const back = entries.length > 0 ? Math.max(...entries.map(({ at }) => at)) - killed : 0
  const sights = await Promise.all(people.map((person) => person.stillness()))
  const rests = sights.flatMap(({ rests }) => rests)
  const still = Math.max(...rests.map(({ still }) => still))
  const seen = Math.max(...rests.map(({ still, unseen }) => still - unseen))
  const clock = Math.max(...sights.map(({ clock }) => clock))

  const figures = `${JSON.stringify(sights)}, back after ${back} ms`
  assert.equal(rests.length, people.length, `not one picture for each: ${figures}`)
  assert.ok(seen <= STILL_FOR, `a picture stood still: ${figures}`)
  assert.ok(back <= BACK_WITHIN, `not in the room again in time: ${figures}`)
  // Who enters last is told of all the others.
  const met = Math.max(0, ...entries.map(({ peers }) => peers.length))
  assert.equal(met, Math.max(0, ours.length - 1), 'not all are in one room')
  return { still, clock, back }
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
