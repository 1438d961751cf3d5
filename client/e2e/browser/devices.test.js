// People whose browser gives no camera, or no devices at all: what they are
// told, and that they can take part all the same.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { newPath } from './call.js'
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
    who: 'one who refuses the devices',
    flag: '--use-fake-ui-for-media-stream=deny',
    told: words.devicesBlocked,
    otherIsTold: [words.cameraOff, words.muted],
  },
  {
    who: 'one without a camera',
    flag: '--use-fake-device-for-media-stream=device-count=0',
    told: words.noCamera,
    otherIsTold: [words.cameraOff],
  },
]

for (const { who, flag, told, otherIsTold } of cases) {
  test(`${who} is told so and joins all the same`, async () => {
    // What a browser's flag decides, it decides for everybody in it.
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
