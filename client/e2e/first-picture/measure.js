// Measures how long a call takes to the first picture of the other, with full-size
// pictures: ours from the press on "Join call", the original's from opening the page, and
// two connections in one page as the limit. The kinds take turns, so that a disturbance
// affects all of them. It prints JSON, with medians in ms:
//   node first-picture/measure.js [calls of each kind] [delay of each way in ms]
// The delay is that of signaling and of pages; media goes directly.
import { Caller } from '../browser/caller.js'
import { launch } from '../browser/chromium.js'
import { keyedPath, newPath } from '../browser/links.js'
import { originalClient } from '../browser/original/folder.js'
import { Original } from '../browser/original/original.js'
import { inMotion } from '../browser/person.js'
import { startServer } from '../process.js'
import { timeout } from '../timeout.js'
import { startDistance } from './distance.js'
import { connectAlone, recordTimeline } from './timeline.js'

const [calls = 5, delay = 0] = process.argv.slice(2).map(Number)

/** How long a caller stays in the lobby, as somebody who looks at the picture does. */
const LOOK = 1500

console.log(JSON.stringify(await measure()))

async function measure() {
  const original = originalClient()
  const servers = [await startServer(), await startServer({ CLIENT_DIR: original.folder })]
  const [ours, theirs] = await Promise.all(servers.map(({ port }) => startDistance(port, delay)))
  const browser = await launch()
  const kinds = {
    ours: () => meet(() => Caller.arrive(browser, ours.origin, inMotion), keyedPath(), join),
    original: () =>
      meet(() => Original.arrive(browser, theirs.origin, inMotion), newPath(), openPage),
    limit: () => alone(browser, ours.origin),
  }
  const results = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
  try {
    for (let number = 0; number < calls; number++) {
      for (const [kind, call] of Object.entries(kinds)) results[kind].push(await call())
    }
  } finally {
    await browser.close()
    await Promise.all([ours, theirs, ...servers].map((each) => each.stop()))
    original.remove()
  }
  return Object.fromEntries(Object.entries(results).map(([kind, each]) => [kind, medians(each)]))
}

/** One call; the steps of whoever comes second. */
async function meet(arrive, path, enter) {
  const people = []
  try {
    for (let count = 0; count < 2; count++) {
      const person = await arrive()
      people.push(person)
      await person.context.addInitScript(recordTimeline)
      await enter(person, path)
      await person.inRoom()
    }
    const seen = () => window.timeline().frame !== undefined && window.timeline()
    const [, steps] = await Promise.all(
      people.map(({ page }) => page.waitForFunction(seen, undefined, { timeout })),
    )
    return await steps.jsonValue()
  } finally {
    await Promise.all(people.map((person) => person.leave()))
  }
}

function openPage(person, path) {
  return person.open(path)
}

async function join(person, path) {
  await openPage(person, path)
  await person.seesSelf()
  await person.page.waitForTimeout(LOOK)
  await person.press('Join call')
}

async function alone(browser, origin) {
  const person = await Caller.arrive(browser, origin, inMotion)
  try {
    await person.open('/')
    return { frame: await person.page.evaluate(connectAlone) }
  } finally {
    await person.leave()
  }
}

/** The median of each step, and the range of the last. */
function medians(calls) {
  const steps = [...new Set(calls.flatMap(Object.keys))]
  const values = (step) =>
    calls.flatMap((call) => (step in call ? Math.round(call[step]) : [])).sort((a, b) => a - b)
  const entries = steps.map((step) => [step, values(step)[Math.floor(values(step).length / 2)]])
  const frames = values('frame')
  return { ...Object.fromEntries(entries), fastest: frames[0], slowest: frames.at(-1) }
}
