// Four people in one call see each other. Those who stay keep seeing each other when
// one leaves, one reloads the page, and one loses the network.
// E2E_COMPANY sets the number of such calls. With E2E_NODES=3, they are on as many nodes.
// Slow: it watches for eight seconds how ICE gives up a lost peer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServerOrNodes } from '../nodes.js'
import { Baseline } from './baseline.js'
import { Caller } from './caller.js'
import { smallPictures, smallWindow } from './camera.js'
import { launchWhole } from './chromium.js'
import { continues, seeEachOther } from './company.js'
import { keyedPath } from './links.js'
import { Nat } from './nat.js'
import { Network } from './network.js'
import { repeat } from './repeat.js'

const calls = Number(process.env.E2E_COMPANY ?? 1)
const names = ['Ann', 'Bo', 'Cy', 'Di']

/** The longest a picture may freeze when another person goes: in ms, or relative to the baseline. */
const freezeLimits = { milliseconds: 1000, times: 10 }
/** How long those who stay are watched after one lost the network, in ms: until ICE gives up. */
const WATCH_LOSS_FOR = 8000

let server, browser
before(async () => {
  server = await startServerOrNodes()
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

    const left = await continues(baseline, freezeLimits, [ann, cy, di], () =>
      bo.person.press('Hang up'),
    )
    const reloaded = await continues(baseline, freezeLimits, [ann, di], async () => {
      await cy.person.page.reload()
      await cy.person.join()
      await seeEachOther([ann, cy, di])
    })
    const lost = await continues(baseline, freezeLimits, [ann, cy], async () => {
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
