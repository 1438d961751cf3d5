// Calls on three nodes, behind a balancer that takes the nodes in turn: as the original
// makes them, and of a company of four, which notices nothing of it when the node that
// owns its call is killed, stopped or frozen, and when Redis restarts and has forgotten all.
// E2E_NODE_FAILURES sets how often each of these happens.
// Slow: another node takes a call over only after five seconds.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNodes } from '../nodes.js'
import { startServer } from '../process.js'
import { timeout } from '../timeout.js'
import { Baseline } from './baseline.js'
import { call } from './call.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launch } from './chromium.js'
import { continues, seeEachOther } from './company.js'
import { keyedPath } from './links.js'
import { originalClient, replaceClient } from './original/folder.js'
import { Original } from './original/original.js'
import { repeat } from './repeat.js'
import { words } from './words.js'

const failures = Number(process.env.E2E_NODE_FAILURES ?? 1)
const names = ['Ann', 'Bo', 'Cy', 'Di']

/** The longest a picture may freeze: in ms, or relative to the baseline. */
const freezeLimits = { milliseconds: 300, times: 4 }
/** How long a node is frozen, in ms: until another has taken its calls over. */
const frozenFor = 7000

let original, alone, nodes, browser
before(async () => {
  original = originalClient()
  alone = await startServer({ CLIENT_DIR: original.folder })
  nodes = await startNodes(3)
  // A browser of this file's own: all pages of a browser share one camera, which
  // pauses for all of them when the page of another test opens it.
  browser = await launch([smallPictures()])
})
after(async () => {
  await browser?.close()
  await Promise.all([nodes?.stop(), alone?.stop()])
  original?.remove()
})

test("the original's sequence makes calls across nodes", (t) =>
  repeat(t, 'calls across nodes', 1, async () => ({
    'first frame': await call(arriveWithOriginal, arriveWithOriginal),
  })))

async function arriveWithOriginal() {
  const person = await Original.arrive(browser, nodes.origin, smallWindow)
  await replaceClient(person.context, alone.origin)
  return person
}

test(`four on three nodes notice none of ${failures} × 4 failures`, async (t) => {
  const company = names.map((name) => ({ name }))
  let baseline, guest
  try {
    baseline = await Baseline.start(() => Original.arrive(browser, alone.origin, smallWindow))
    const path = keyedPath()
    for (const each of company) {
      each.person = await arrive()
      await each.person.enter(path, each.name)
      await each.person.inRoom()
    }
    await seeEachOther(company)
    const [ann] = company
    await ann.person.toggle('Lock call', true)
    for (const [what, fail] of Object.entries({ killed, stopped, frozen, forgotten })) {
      await repeat(t, `a call of four goes on, ${what}`, failures, async () => ({
        freeze: await continues(baseline, freezeLimits, company, async () => {
          await fail(company)
          await everyoneIsHeard(company)
        }),
      }))
    }
    guest = await arrive()
    await guest.enter(path, 'Gustav')
    await ann.person.reads('Gustav wants to join.')
    assert.equal(await guest.shows(), undefined, 'a guest is in the locked call')
  } finally {
    await Promise.all([
      baseline?.stop(),
      guest?.leave(),
      ...company.map(({ person }) => person?.leave()),
    ])
  }
})

const arrive = () => Caller.arrive(browser, nodes.origin, smallWindow)

async function killed() {
  const owner = await nodes.owner()
  await nodes.node(owner).kill()
  await nodes.restart(owner)
}

async function stopped() {
  const owner = await nodes.owner()
  await nodes.node(owner).stop()
  await nodes.restart(owner)
}

async function frozen() {
  const node = nodes.node(await nodes.owner())
  node.signal('SIGSTOP')
  try {
    await sleep(frozenFor)
  } finally {
    node.signal('SIGCONT')
  }
}

async function forgotten() {
  await nodes.killRedis()
  nodes.startRedis()
}

/**
 * Each in turn asks the call's owner for something, of which all the others are told. In the
 * end the call is locked, as before.
 */
async function everyoneIsHeard(company) {
  await Promise.all(company.map(({ person }) => person.readsNot(words.serverLost)))
  for (const [index, { person }] of company.entries()) {
    const locked = index % 2 === 1
    await lock(person, locked)
    await Promise.all(company.map(({ person }) => person.isToggled('Lock call', locked)))
  }
}

/** What is pressed while nobody owns the call is lost. */
async function lock(person, locked) {
  for (const deadline = Date.now() + timeout; ;) {
    await person.press('Lock call')
    try {
      return await person.isToggled('Lock call', locked, 2000)
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
