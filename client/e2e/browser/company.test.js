// Four people in one call: everybody sees everybody, and goes on doing so when
// one leaves, one loads the page again, and one is cut off.
// E2E_COMPANY is how many such calls there are.
// Slow: ICE takes eight seconds to give up the one who is cut off.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { Baseline } from './baseline.js'
import { newKeyedPath } from './call.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { Doors } from './doors.js'
import { Line } from './line.js'
import { rounds } from './rounds.js'

const calls = Number(process.env.E2E_COMPANY ?? 1)
const names = ['Ann', 'Bo', 'Cy', 'Di']

/**
 * Nobody's picture stands still for longer when somebody else goes: in ms, or in
 * times the longest that one does beside it, where nobody goes.
 */
const STILL_FOR = 1000
const STILL_TIMES = 10
/** So long those who stay are watched after one is cut off, in ms: ICE takes notice, and gives up. */
const CUT_FOR = 8000

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

test(`four see each other in ${calls} calls, whoever goes`, (t) =>
  rounds(t, 'four people, all 12 directions, three of them go', calls, company))

async function company() {
  const doors = new Doors()
  const lines = []
  const [ann, bo, cy, di] = names.map((name) => ({ name }))
  const all = [ann, bo, cy, di]
  const arrive = async () => {
    const line = await Line.lay(server, doors)
    lines.push(line)
    return Caller.arrive(browser, line.origin, { line, ...smallWindow })
  }
  let baseline
  try {
    baseline = await Baseline.start(arrive)
    const path = newKeyedPath()
    for (const each of all) {
      each.person = await arrive()
      each.line = lines.at(-1)
      await each.person.enter(path, each.name)
      await each.person.inRoom()
    }
    await seeEachOther(all)
    const complete = Date.now() - di.person.opened

    const left = await goesOn(baseline, [ann, cy, di], () => bo.person.press('Hang up'))
    const reloaded = await goesOn(baseline, [ann, di], async () => {
      await cy.person.page.reload()
      await cy.person.join()
      await seeEachOther([ann, cy, di])
    })
    const cut = await goesOn(baseline, [ann, cy], async () => {
      await di.line.cut()
      await ann.person.page.waitForTimeout(CUT_FOR)
    })
    for (const { person } of [ann, bo]) assert.deepEqual(person.faults, [])
    return { complete, left, reloaded, cut }
  } finally {
    await Promise.all([baseline?.stop(), ...all.map(({ person }) => person?.leave())])
    for (const line of lines) line.remove()
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

/**
 * Those who stay see each other all the while: by the same connections, with
 * nothing done to what they see and send, and with pictures that stand still no
 * longer than they must. Answers for how long they did.
 */
async function goesOn(baseline, people, meanwhile) {
  const sessions = () => Promise.all(people.map((each) => sessionsOf(each, people)))
  const before = await sessions()
  await baseline.watch()
  await Promise.all(people.map(({ person }) => person.watchStillness()))
  await Promise.all(people.map(({ person }) => person.watchInterruptions()))
  await meanwhile()
  await seeEachOther(people)
  const rests = (await Promise.all(people.map((each) => restsOf(each, people)))).flat()
  const usual = await baseline.longest()

  assert.deepEqual(await sessions(), before, 'a connection between those who stay was made anew')
  const interruptions = people.map((each) => interruptionsOf(each, people))
  assert.deepEqual((await Promise.all(interruptions)).flat(), [])
  const figures = `${JSON.stringify(rests)}, and ${usual} ms beside it`
  assert.equal(rests.length, people.length * (people.length - 1), figures)
  const longest = Math.max(STILL_FOR, STILL_TIMES * usual)
  for (const { still, unseen } of rests) assert.ok(still - unseen <= longest, figures)
  return Math.max(...rests.map(({ still }) => still))
}

/** For how long the pictures of the others stood still for one of these. */
async function restsOf({ person, name }, people) {
  const { rests } = await person.stillness()
  return rests.filter(({ label }) => others(people, name).includes(label))
}

/** What was done at one of these to the pictures of the others. */
async function interruptionsOf({ person, name }, people) {
  const found = await person.interruptions()
  return found.filter(({ label }) => others(people, name).includes(label))
}
