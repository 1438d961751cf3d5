// How many offers two people make: their first ones may collide, and then the
// connection must come to rest.
// Slow: each round is a call between two fresh contexts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../process.js'
import { newPath } from './links.js'
import { Caller } from './caller.js'
import { launch, openBrowser } from './chromium.js'

let server, browser, without
before(async () => {
  server = await startServer()
  browser = await openBrowser()
  without = await launch([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream=deny',
  ])
})
after(async () => {
  await browser?.close()
  await without?.close()
  await server?.stop()
})

// Runs in the page: counts the offers it makes.
function countOffers() {
  const { prototype } = window.RTCPeerConnection
  const { setLocalDescription } = prototype
  window.offers = 0
  prototype.setLocalDescription = async function (...given) {
    await setLocalDescription.apply(this, given)
    if (this.signalingState === 'have-local-offer') window.offers++
  }
}

const offersOf = (people) =>
  Promise.all(people.map(({ page }) => page.evaluate(() => window.offers)))

/** Holds what this person tells the others until a moment after the first offer to them. */
async function holdUntilOffered({ page }) {
  let release
  const offered = new Promise((resolve) => (release = resolve))
  await page.routeWebSocket(/socket\.io/, (near) => {
    const far = near.connectToServer()
    near.onMessage(async (packet) => {
      if (String(packet).startsWith('42["message"')) await offered
      far.send(packet)
    })
    far.onMessage((packet) => {
      if (String(packet).includes('"type":"offer"')) setTimeout(release, 300)
      near.send(packet)
    })
  })
}

// Who yields is up to the ids, so there are several rounds.
for (const devices of [true, true, false, false]) {
  const who = devices ? 'two people' : 'somebody without devices'
  test(`colliding first offers of ${who} are followed by no more than a few`, async () => {
    const path = newPath()
    const people = []
    try {
      const ann = await Caller.arrive(browser, server.origin)
      const bob = await Caller.arrive(devices ? browser : without, server.origin)
      people.push(ann, bob)
      for (const person of people) await person.context.addInitScript(countOffers)
      await holdUntilOffered(bob)
      await ann.enter(path, 'Ann')
      await ann.inRoom()
      await bob.enter(path, 'Bob')
      await bob.keepsSeeing()
      if (devices) await ann.keepsSeeing()
      await sleep(1000)
      const offers = await offersOf(people)
      assert.ok(
        offers.every((count) => count > 0 && count <= 2),
        `each makes an offer, and no more than one again: ${offers}`,
      )
      await sleep(2000)
      assert.deepEqual(await offersOf(people), offers, 'no offer follows once all is settled')
      for (const person of people) assert.deepEqual(person.faults, [])
    } finally {
      for (const person of people) await person.leave()
    }
  })
}
