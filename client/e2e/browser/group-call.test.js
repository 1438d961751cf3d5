// Four people in one call see each other. Those who stay keep seeing each other when
// one leaves, one reloads the page, and one loses the network.
// E2E_COMPANY sets the number of such calls.
// Slow: it watches for eight seconds how ICE gives up a lost peer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { Baseline } from './baseline.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launchWhole } from './chromium.js'
import { keyedPath } from './links.js'
import { Nat } from './nat.js'
import { Network } from './network.js'
import { repeat } from './repeat.js'

const calls = Number(process.env.E2E_COMPANY ?? 1)
const names = ['Ann', 'Bo', 'Cy', 'Di']

/** The longest a picture may freeze when another person goes: in ms, or relative to the baseline. */
const MAX_FREEZE = 1000
const MAX_FREEZE_TIMES = 10
/** How long those who stay are watched after one lost the network, in ms: until ICE gives up. */
const WATCH_LOSS_FOR = 8000

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

test(`four see each other in ${calls} calls, whoever goes`, (t) =>
  repeat(t, 'four people, all 12 directions, three of them go', calls, groupCall))

async function groupCall() {
  const nat = new Nat()
  const networks = []
  const [ann, bo, cy, di] = names.map((name) => ({ name }))
  const all = [ann, bo, cy, di]
  const arrive = async () => {
    const network = await Network.create(server, nat)
    networks.push(network)
    return Caller.arrive(browser, network.origin, { network, ...smallWindow })
  }
  let baseline
  try {
    baseline = await Baseline.start(arrive)
    const path = keyedPath()
    for (const each of all) {
      each.person = await arrive()
      each.network = networks.at(-1)
      await each.person.enter(path, each.name)
      await each.person.inRoom()
    }
    await seeEachOther(all)
    const complete = Date.now() - di.person.opened

    const left = await continues(baseline, [ann, cy, di], () => bo.person.press('Hang up'))
    const reloaded = await continues(baseline, [ann, di], async () => {
      await cy.person.page.reload()
      await cy.person.join()
      await seeEachOther([ann, cy, di])
    })
    const lost = await continues(baseline, [ann, cy], async () => {
      await di.network.disconnect()
      await ann.person.page.waitForTimeout(WATCH_LOSS_FOR)
    })
    for (const { person } of [ann, bo]) assert.deepEqual(person.faults, [])
    return { complete, left, reloaded, lost }
  } finally {
    await Promise.all([baseline?.stop(), ...all.map(({ person }) => person?.leave())])
    for (const network of networks) network.close()
    await nat.stop()
  }
}

/** Waits until each of these people sees all the others. */
async function seeEachOther(people) {
  await Promise.all(people.map(({ person, name }) => person.keepsSeeingAll(others(people, name))))
}

/** The ICE sessions by which one of these people sees the others. */
async function sessionsOf({ person, name }, people) {
  const all = await person.iceSessions()
  return others(people, name).map((other) => [name, other, all[other]])
}

const others = (people, name) => people.filter((each) => each.name !== name).map(({ name }) => name)

/**
 * Asserts that those who stay see each other throughout: over the same connections,
 * with no interruption, and with no freeze beyond what the baseline explains.
 * Returns the longest freeze.
 */
async function continues(baseline, people, action) {
  const sessions = () => Promise.all(people.map((each) => sessionsOf(each, people)))
  const before = await sessions()
  await baseline.watch()
  await Promise.all(people.map(({ person }) => person.watchFreezes()))
  await Promise.all(people.map(({ person }) => person.watchInterruptions()))
  await action()
  await seeEachOther(people)
  const freezes = (await Promise.all(people.map((each) => freezesOf(each, people)))).flat()
  const usual = await baseline.longest()

  assert.deepEqual(await sessions(), before, 'a connection between those who stay was replaced')
  const interruptions = people.map((each) => interruptionsOf(each, people))
  assert.deepEqual((await Promise.all(interruptions)).flat(), [])
  const figures = `${JSON.stringify(freezes)}, baseline ${usual} ms`
  assert.equal(freezes.length, people.length * (people.length - 1), figures)
  const limit = Math.max(MAX_FREEZE, MAX_FREEZE_TIMES * usual)
  for (const { longest, unseen } of freezes) assert.ok(longest - unseen <= limit, figures)
  return Math.max(...freezes.map(({ longest }) => longest))
}

/** The freezes that one of these people saw in the pictures of the others. */
async function freezesOf({ person, name }, people) {
  const freezes = await person.freezes()
  return freezes.filter(({ label }) => others(people, name).includes(label))
}

/** The interruptions on the page of one of these people, of the others' pictures. */
async function interruptionsOf({ person, name }, people) {
  const found = await person.interruptions()
  return found.filter(({ label }) => others(people, name).includes(label))
}
