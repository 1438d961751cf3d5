// What people notice while they look elsewhere, how they get into a call, and what the
// server is told of it. A browser of its own, whose microphone hears a voice.
// Slow: two people come and go again and again in one call.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import jsQR from 'jsqr'
import { smallPictures } from './camera.js'
import { launch } from './chromium.js'
import { keyedPath } from './links.js'
import { Talker } from './talk.js'
import { voice } from './voice.js'
import { words } from './words.js'
import { startServer } from '../process.js'

const metricsToken = 'a token of the test'
const path = keyedPath()

let server, browser, ann, bo
before(async () => {
  server = await startServer({ CALL_STATS: 'on', METRICS_TOKEN: metricsToken })
  browser = await launch([smallPictures(), voice()])
  ann = await arrive()
  bo = await arrive()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

async function arrive() {
  const person = await Talker.arrive(browser, server.origin)
  await person.context.addInitScript(standIn)
  person.sockets = 0
  person.page.on('websocket', () => person.sockets++)
  return person
}

/** Runs in the page: what leaves it by sound and notification, and whether it may play sound. */
function standIn() {
  window.tones = []
  window.shown = []
  const { start } = window.OscillatorNode.prototype
  window.OscillatorNode.prototype.start = function (at) {
    window.tones.push(this.frequency.value)
    return start.call(this, at)
  }
  window.asked = 0
  window.Notification = class {
    static permission = 'default'
    static async requestPermission() {
      window.asked++
      return (this.permission = 'granted')
    }
    constructor(title) {
      window.shown.push(title)
    }
  }
  const { play } = window.HTMLMediaElement.prototype
  window.HTMLMediaElement.prototype.play = async function () {
    if (window.silenced && !this.muted) {
      this.autoplay = false
      throw new DOMException('', 'NotAllowedError')
    }
    return play.call(this)
  }
  window.hide = (hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
    document.dispatchEvent(new Event('visibilitychange'))
  }
}

const hide = ({ page }, hidden) => page.evaluate((hidden) => window.hide(hidden), hidden)
const titled = ({ page }, title) => page.waitForFunction((title) => document.title === title, title)
const iconOf = ({ page }) => page.locator('link[rel="icon"]').getAttribute('href')
const isOff = (person, device) =>
  person.button(device).and(person.page.locator('[aria-pressed="false"]')).waitFor()

test('a link has a name and devices, and the lobby a connection but no seat', async () => {
  await bo.comes(path, { name: 'Bo' })
  await bo.reads(words.alone)
  await ann.open(path.replace('#', '?name=Ann&mic=off&cam=off#'))
  await isOff(ann, 'Microphone')
  await isOff(ann, 'Camera')
  assert.equal(await ann.page.getByLabel('Your name').inputValue(), 'Ann')
  assert.equal(new URL(ann.page.url()).search, '')
  await assertEventually(() => ann.sockets === 1)
  await bo.reads(words.alone)
  await ann.press('Join call')
  await bo.reads('Ann')
  await bo.reads(words.cameraOff)
  assert.equal(ann.sockets, 1, 'the call uses the connection of the lobby')
  await ann.toggle('Camera', true)
  await Promise.all([ann.sees(), bo.sees()])
})

test('after a reload, one press leads into the call, with the devices as they were', async () => {
  await ann.page.reload()
  await ann.press('Join call')
  await isOff(ann, 'Microphone')
  await bo.reads('Ann')
  await Promise.all([ann.keepsSeeing(), bo.keepsSeeing()])
})

test('who talks while muted is told so once, and can have it stopped', async () => {
  await ann.reads('You’re muted. The others can’t hear you.')
  await ann.press('Unmute')
  await ann.readsNot('You’re muted. The others can’t hear you.')
  await ann.toggle('Microphone', false)
  await ann.press('Don’t tell me again')
  await ann.press('Settings')
  const told = ann.page.getByLabel('Tell me when I talk while muted')
  assert.equal(await told.isChecked(), false)
})

test('notifications are asked for by a press alone', async () => {
  assert.equal(await ann.page.evaluate(() => window.asked), 0)
  await ann.press('Notify me when this tab is hidden')
  await ann.reads('You’re notified when this tab is hidden.')
  assert.equal(await ann.page.evaluate(() => window.asked), 1)
  await ann.page.keyboard.press('Escape')
})

test('a hidden tab tells who comes and writes, by title, icon, sound and notification', async () => {
  await hide(ann, true)
  await ann.page.evaluate(() => (window.tones = []))
  await bo.press('Hang up')
  await ann.reads('Bo left.')
  await titled(ann, 'Call · vidchat')
  await bo.press('Rejoin call')
  await titled(ann, '(1) Bo joined · Call · vidchat')
  assert.equal(await iconOf(ann), '/favicon-notice.svg')
  assert.deepEqual(await ann.page.evaluate(() => window.shown), ['Bo joined'])
  await ann.page.waitForFunction(() => window.tones.join() === '523,392,523,659')
  await bo.verifies()
  await bo.opensChat()
  await bo.writes('what others may not see on a locked screen')
  await titled(ann, '(2) Bo wrote · Call · vidchat')
  await ann.page.waitForFunction(() => window.tones.at(-1) === 784)
  await hide(ann, false)
  await titled(ann, 'Call · vidchat')
  assert.ok((await iconOf(ann)).endsWith('/favicon.svg'))
})

test('a knock is in the title until it is answered, and silent with sounds off', async () => {
  await bo.sees()
  await ann.press('Settings')
  await ann.page.getByLabel('Sounds when someone joins').uncheck()
  await ann.page.keyboard.press('Escape')
  await ann.page.evaluate(() => (window.tones = []))
  await ann.toggle('Lock call', true)
  await bo.press('Hang up')
  await bo.comes(keyedPath(), { name: 'Cleo' })
  await bo.reads(words.alone)
  await bo.comes(path, { name: 'Cleo' })
  await titled(ann, '(1) Cleo wants to join · Call · vidchat')
  await ann.press('Admit')
  await titled(ann, 'Call · vidchat')
  await Promise.all([ann.sees(), bo.sees()])
  await ann.keepsSeeing(15) // a sound comes later than the picture
  assert.deepEqual(await ann.page.evaluate(() => window.tones), [])
})

test('where the browser allows no sound, the page has one button for all, which goes by itself', async () => {
  const silence = (silenced) => ann.page.evaluate((now) => (window.silenced = now), silenced)
  await silence(true)
  await bo.press('Hang up')
  await ann.reads('Cleo left.')
  await bo.press('Rejoin call')
  await ann.press('Admit')
  await ann.button('Turn on sound').waitFor()
  await silence(false)
  await ann.page.keyboard.press('Shift')
  await ann.readsNot('Turn on sound')
  await ann.sees()
})

test('a third person can be invited from inside the call, by a QR code made on the page', async () => {
  await ann.press('Invite')
  const dialog = ann.page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'QR code' }).click()
  const code = dialog.getByRole('img', { name: 'QR code of the link to this call' })
  await code.waitFor()
  const { pixels, size } = await code.evaluate(drawn)
  const read = jsQR(Uint8ClampedArray.from(pixels), size, size)
  assert.equal(read?.data, `${server.origin}${path}`)
  await ann.page.keyboard.press('Escape')
})

/** Runs in the page: the pixels of an SVG. */
async function drawn(svg) {
  const size = 400
  const copy = svg.cloneNode(true)
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', size)
  copy.setAttribute('height', size)
  const image = new Image()
  image.src = `data:image/svg+xml,${encodeURIComponent(copy.outerHTML)}`
  await image.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: size, height: size })
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0, size, size)
  return { pixels: [...context.getImageData(0, 0, size, size).data], size }
}

test('with CALL_STATS, the server counts each connection once, and how fast it was', async () => {
  const before = await counted()
  await ann.press('Hang up')
  await assertEventually(async () => (await counted()) > before)
  const metrics = await scrape()
  assert.match(metrics, /^vidchat_call_connections_total\{path="direct",result="connected"\} \d+$/m)
  assert.match(metrics, /^vidchat_call_first_frame_seconds_count\{path="direct"\} [1-9]\d*$/m)
  for (const person of [ann, bo]) assert.deepEqual(person.faults, [])
})

async function scrape() {
  const headers = { Authorization: `Bearer ${metricsToken}` }
  return (await fetch(`${server.origin}/metrics`, { headers })).text()
}

async function counted() {
  const lines = (await scrape()).matchAll(/^vidchat_call_connections_total\{.*\} (\d+)$/gm)
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Waits until something outside the pages is so. */
async function assertEventually(check) {
  for (let tries = 0; tries < 600; tries++) {
    if (await check()) return
    await ann.page.waitForTimeout(50)
  }
  assert.fail(`it never came to be that ${check}`)
}
