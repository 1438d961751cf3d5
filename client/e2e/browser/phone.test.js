// Four people on a phone: the pictures fill their tiles, and nothing is cut off.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { Caller } from './caller.js'
import { smallWindow } from './camera.js'
import { openBrowser } from './chromium.js'
import { keyedPath } from './links.js'
import { tilesFit } from './tiles.js'

const phone = { viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' }

let server, browser
before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('a grid of four has large pictures, and the toolbar fits', async () => {
  const path = keyedPath()
  const people = []
  try {
    for (const name of ['Ann', 'Bo', 'Cy', 'Di']) {
      const person = await Caller.arrive(browser, server.origin, people[0] ? smallWindow : phone)
      people.push(person)
      await person.enter(path, name)
      await person.inRoom()
    }
    const [{ page }] = people
    await people[0].keepsSeeingAll(['Bo', 'Cy', 'Di'])
    for (const height of await page.evaluate(pictureHeights)) {
      assert.ok(height >= 200, `a picture is ${height} pixels high`)
    }
    for (const size of [phone.viewport, { width: 320, height: 640 }, { width: 640, height: 360 }]) {
      await page.setViewportSize(size)
      const { x, y, width, height } = await page.getByRole('toolbar').boundingBox()
      const fits = x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height
      await tilesFit(people[0], 4)
      assert.ok(fits, `the toolbar is ${width} by ${height} at ${x}, ${y} of ${size.width}`)
    }
    const own = page.locator('.tile.own')
    assert.equal((await own.textContent()).trim(), 'You')
  } finally {
    await Promise.all(people.map((person) => person.leave()))
  }
})

// Runs in the page: how high the pictures of the others are drawn, for a camera of 16 by 9.
function pictureHeights() {
  return [...document.querySelectorAll('[data-peer] video')].map((video) => {
    const { width, height } = video.getBoundingClientRect()
    const contained = getComputedStyle(video).objectFit === 'contain'
    return contained ? Math.min(height, (width * 9) / 16) : height
  })
}
