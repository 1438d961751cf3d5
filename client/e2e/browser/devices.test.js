// People whose browser gives no camera, or no devices at all, are told so and can
// still take part.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { newPath } from './links.js'
import { Caller } from './caller.js'
import { launch, openBrowser } from './chromium.js'
import { words } from './words.js'

let server, browser
before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const cases = [
  {
    who: 'a person who blocks the devices',
    flag: '--use-fake-ui-for-media-stream=deny',
    told: words.devicesBlocked,
    otherIsTold: [words.cameraOff, words.muted],
  },
  {
    who: 'a person without a camera',
    flag: '--use-fake-device-for-media-stream=device-count=0',
    told: words.noCamera,
    otherIsTold: [words.cameraOff],
  },
]

for (const { who, flag, told, otherIsTold } of cases) {
  test(`${who} is told so and can still join`, async () => {
    // A browser of its own: the flag applies to every page in it.
    const theirBrowser = await launch([flag])
    const path = newPath()
    const people = []
    try {
      const one = await Caller.arrive(theirBrowser, server.origin)
      people.push(one)
      await one.open(path)
      await one.reads(told)
      await one.press('Join call')
      await one.inRoom()
      const other = await Caller.arrive(browser, server.origin)
      people.push(other)
      await other.enter(path)
      await one.sees()
      await one.keepsSeeing()
      for (const told of otherIsTold) await other.reads(told)
      for (const person of people) assert.deepEqual(person.faults, [])
    } finally {
      for (const person of people) await person.leave()
      await theirBrowser.close()
    }
  })
}
