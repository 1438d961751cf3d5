// Four people, one of them on a phone: the pictures fill their tiles, and nothing is cut off;
// and who saves data gets and sends less.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { check } from './axe.js'
import { Caller } from './caller.js'
import { smallWindow } from './camera.js'
import { openBrowser } from './chromium.js'
import { keyedPath } from './links.js'
import { tilesFit } from './tiles.js'

const phone = { viewport: { width: 360, height: 740 } }

let server, browser
const people = []
before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await Promise.all(people.map((person) => person.leave()))
  await browser?.close()
  await server?.stop()
})

// The tests are in one call, and each begins where the one before ended.
const names = ['Bo', 'Cy', 'Di']
let ann, others

test('a grid of four has large pictures, and the toolbar fits', async () => {
  const path = keyedPath()
  for (const name of ['Ann', ...names]) {
    const person = await Caller.arrive(browser, server.origin, people[0] ? smallWindow : phone)
    people.push(person)
    if (name === 'Ann') await person.runFirst(havePhoneCameras)
    await person.enter(path, name)
    await person.inRoom()
  }
  ;[ann, ...others] = people
  const { page } = ann
  await ann.keepsSeeingAll(names)
  for (const height of await page.evaluate(pictureHeights)) {
    assert.ok(height >= 200, `a picture is ${height} pixels high`)
  }
  for (const size of [{ width: 320, height: 640 }, { width: 640, height: 360 }, phone.viewport]) {
    await page.setViewportSize(size)
    const { x, y, width, height } = await page.getByRole('toolbar').boundingBox()
    const fits = x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height
    await tilesFit(ann, 4)
    assert.ok(fits, `the toolbar is ${width} by ${height} at ${x}, ${y} of ${size.width}`)
  }
  const own = page.locator('.tile.own')
  assert.equal((await own.textContent()).trim(), 'You')
})

test('the phone changes between its cameras, and mirrors only the front one', async () => {
  const mirrored = ann.page.locator('#local-video.mirrored')
  assert.equal(await mirrored.count(), 1)
  await ann.press('Use the other camera')
  await mirrored.waitFor({ state: 'detached' })
  await ann.press('Use the other camera')
  await mirrored.waitFor()
  await others[0].keepsSeeingAll(['Ann'])
  assert.deepEqual(await ann.page.evaluate(() => window.faced), ['user', 'environment', 'user'])
})

test('low data is one small picture, of whoever speaks, and a small one of oneself', async () => {
  await sentLines(others[0], 'Ann', 360)
  await chooses('Low data')
  const unseen = ann.page.locator('[data-peer]').getByText('Not shown, to save data')
  await unseen.nth(1).waitFor()
  assert.equal(await unseen.count(), 2)
  await sentLines(others[0], 'Ann', 180)
  await ann.page.waitForFunction(() => document.querySelectorAll('.no-video').length === 2)
  await ann.page.waitForFunction(standStill, 2, { polling: 500 })
  for (const other of others)
    await other.keepsSeeingAll(
      [...names, 'Ann'].filter((name) => name !== names[others.indexOf(other)]),
    )
})

test('audio only is no picture, and no camera', async () => {
  await chooses('Audio only')
  await ann.button('Camera').and(ann.page.locator('[aria-pressed="false"]')).waitFor()
  await others[0].tile('Ann').getByText('Their camera is off').waitFor()
  await ann.page.waitForFunction(standStill, 3, { polling: 500 })
  await check(ann, 'audio only')
  await chooses('All video')
  await ann.keepsSeeingAll(names)
  for (const person of people) assert.deepEqual(person.faults, [])
})

/** Chooses how much data Ann's video uses. */
async function chooses(use) {
  const more = ann.page.getByRole('button', { name: /^Reactions and more/ })
  if ((await more.getAttribute('aria-expanded')) === 'false') await more.click()
  await ann.page.getByRole('group', { name: 'Reactions' }).getByLabel('Data use').selectOption(use)
  await ann.page.keyboard.press('Escape')
}

/** Waits until a person's picture of the one with this name has so many lines. */
function sentLines({ page }, name, lines) {
  return page.waitForFunction(
    ({ name, lines }) =>
      document.querySelector(`video[aria-label="${name}"]`)?.videoHeight === lines,
    { name, lines },
  )
}

// Runs in the page: whether of so many people no frame came since this was called last.
async function standStill(count) {
  const before = window.decoded ?? []
  window.decoded = await Promise.all(
    window.remoteConnections().map(async ({ connection }) => {
      const stats = [...(await connection.getStats()).values()]
      return stats.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')
        .framesDecoded
    }),
  )
  return window.decoded.filter((frames, index) => frames === before[index]).length === count
}

// Runs in the page before its own scripts: it has a front and a back camera without labels.
function havePhoneCameras() {
  window.faced = []
  const { prototype } = MediaDevices
  const { getUserMedia, enumerateDevices } = prototype
  prototype.getUserMedia = async function ({ audio, video }) {
    const stream = audio ? await getUserMedia.call(this, { audio }) : new MediaStream()
    if (video) stream.addTrack(camera(video.facingMode?.exact ?? 'user'))
    return stream
  }
  prototype.enumerateDevices = async function () {
    const devices = await enumerateDevices.call(this)
    const cameras = ['front', 'back'].map((deviceId) => ({
      deviceId,
      kind: 'videoinput',
      label: '',
    }))
    return [...devices.filter(({ kind }) => kind !== 'videoinput'), ...cameras]
  }

  function camera(facingMode) {
    window.faced.push(facingMode)
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 })
    const context = canvas.getContext('2d')
    const [track] = canvas.captureStream().getVideoTracks()
    let at = 0
    setInterval(() => {
      context.fillStyle = ['grey', 'white'][++at % 2]
      context.fillRect((at * 8) % 640, 0, 64, 360)
    }, 200)
    track.getSettings = () => ({ facingMode, width: 640, height: 360 })
    return track
  }
}

// Runs in the page: how high the pictures of the others are drawn, for a camera of 16 by 9.
function pictureHeights() {
  return [...document.querySelectorAll('[data-peer] video')].map((video) => {
    const { width, height } = video.getBoundingClientRect()
    const contained = getComputedStyle(video).objectFit === 'contain'
    return contained ? Math.min(height, (width * 9) / 16) : height
  })
}
