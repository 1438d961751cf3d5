// Four people in one call: everybody sees everybody, and goes on doing so when
// one leaves, one loads the page again, and one is cut off.
// E2E_COMPANY is how many such calls there are.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { newKeyedPath } from './call.js'
import { Caller } from './caller.js'
import { smallCamera, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { Doors } from './doors.js'
import { Line } from './line.js'
import { rounds } from './rounds.js'

const calls = Number(process.env.E2E_COMPANY ?? 1)
const names = ['Ann', 'Bo', 'Cy', 'Di']

/** Nobody's picture stands still for longer when somebody else goes, in ms. */
const STILL_FOR = 1000
/** So long those who stay are watched after one is cut off, in ms: ICE takes notice, and gives up. */
const CUT_FOR = 8000

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

test(`four see each other in ${calls} calls, whoever goes`, (t) =>
  rounds(t, 'four people, all 12 directions, three of them go', calls, company))

async function company() {
  const doors = new Doors()
  const [ann, bo, cy, di] = names.map((name) => ({ name }))
  const all = [ann, bo, cy, di]
  try {
    const path = newKeyedPath()
    for (const each of all) {
      const line = (each.line = await Line.lay(server, doors))
      each.person = await Caller.arrive(browser, line.origin, { line, ...smallWindow })
      await each.person.enter(path, each.name)
      await each.person.inRoom()
    }
    await seeEachOther(all)
    const complete = Date.now() - di.person.opened

    const left = await staysStill([ann, cy, di], () => bo.person.press('Hang up'))
    const reloaded = await staysStill([ann, di], async () => {
      await cy.person.page.reload()
      await cy.person.join()
      await seeEachOther([ann, cy, di])
    })
    const cut = await staysStill([ann, cy], async () => {
      await di.line.cut()
      await ann.person.page.waitForTimeout(CUT_FOR)
    })
    for (const { person } of [ann, bo]) assert.deepEqual(person.faults, [])
    return { complete, left, reloaded, cut }
  } finally {
    await Promise.all(all.map(({ person }) => person?.leave()))
    for (const { line } of all) line?.remove()
    await doors.stop()
  }
}

/** Every one of these sees every other. */
async function seeEachOther(people) {
  await Promise.all(people.map(({ person, name }) => person.keepsSeeingAll(others(people, name))))
}

/** The ICE sessions in which one of these sees the others. */
async function sessionsOf({ person, name }, people) {
  const all = await person.iceSessions()
  return others(people, name).map((other) => [name, other, all[other]])
}

const others = (people, name) => people.filter((each) => each.name !== name).map(({ name }) => name)

/** The longest that the pictures of those who stay stand still meanwhile; their connections stay. */
async function staysStill(people, meanwhile) {
  const sessions = () => Promise.all(people.map((each) => sessionsOf(each, people)))
  const before = await sessions()
  for (const { person } of people) await person.watchStillness()
  await meanwhile()
  await seeEachOther(people)
  const rests = []
  for (const { person, name } of people) {
    const sight = await person.stillness()
    rests.push(...sight.rests.filter(({ label }) => others(people, name).includes(label)))
  }
  const figures = JSON.stringify(rests)
  assert.equal(rests.length, people.length * (people.length - 1), figures)
  for (const { still, unseen } of rests) assert.ok(still - unseen <= STILL_FOR, figures)
  assert.deepEqual(await sessions(), before, 'a connection between those who stay was made anew')
  return Math.max(...rests.map(({ still }) => still))
}
