// Calls between real browsers: the original's sequence against itself, our
// client against itself, and each against the other, whoever comes first.
// E2E_CALLS sets the number of calls of the first kind, E2E_OWN_CALLS of each other kind;
// with E2E_PICTURES=full their pictures have full size, which takes more of the processor.
// With E2E_NODES=3, they are made by way of as many nodes.
// Slow: each call is between two fresh browser contexts.
import { after, before, test } from 'node:test'
import { call } from './call.js'
import { Caller } from './caller.js'
import { launch, openBrowser } from './chromium.js'
import { originalClient, replaceClient } from './original/folder.js'
import { Original } from './original/original.js'
import { startServerOrNodes } from '../nodes.js'

const originalCalls = Number(process.env.E2E_CALLS ?? 10)
const ownCalls = Number(process.env.E2E_OWN_CALLS ?? 3)

let original, ours, theirs, browser
before(async () => {
  original = originalClient()
  ours = await startServerOrNodes()
  theirs = await startServerOrNodes({ CLIENT_DIR: original.folder })
  browser = process.env.E2E_PICTURES === 'full' ? await launch() : await openBrowser()
})
after(async () => {
  await browser?.close()
  await Promise.all([ours?.stop(), theirs?.stop()])
  original?.remove()
})

const arriveAtOriginal = () => Original.arrive(browser, theirs.origin)
const arriveAtOurs = () => Caller.arrive(browser, ours.origin)
const arriveWithOriginal = async () => {
  const person = await Original.arrive(browser, ours.origin)
  await replaceClient(person.context, theirs.origin)
  return person
}

calls("the original's sequence", originalCalls, arriveAtOriginal, arriveAtOriginal)
calls('ours with ours', ownCalls, arriveAtOurs, arriveAtOurs)
calls('the original, then ours', ownCalls, arriveWithOriginal, arriveAtOurs)
calls('ours, then the original', ownCalls, arriveAtOurs, arriveWithOriginal)

function calls(kind, count, arriveFirst, arriveSecond) {
  test(`${kind}: ${count} calls with video both ways`, async (t) => {
    const times = []
    for (let number = 1; number <= count; number++) {
      times.push(await call(arriveFirst, arriveSecond).catch((error) => error))
    }
    const failed = times.filter((time) => time instanceof Error)
    const sorted = times.filter((time) => !(time instanceof Error)).sort((a, b) => a - b)
    const [median, slowest] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
    t.diagnostic(
      `${kind}: ${sorted.length} of ${count} calls; from opening the second page to the ` +
        `first remote frame: median ${median} ms, slowest ${slowest} ms`,
    )
    for (const error of failed.slice(1)) t.diagnostic(error.stack)
    if (failed.length > 0) throw failed[0]
  })
}
