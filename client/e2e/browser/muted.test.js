// What is off stays off: through another microphone, another call and a reload.
// And the browser's estimates of a network make nobody look for another way; original sound
// is what the microphone gives; and a browser that saves data is asked about once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../process.js'
import { timeout } from '../timeout.js'
import { newPath } from './links.js'
import { check } from './axe.js'
import { Caller } from './caller.js'
import { smallPictures } from './camera.js'
import { launch } from './chromium.js'

let server, browser, ann, bob
before(async () => {
  server = await startServer()
  // Of its own: pages of one browser that have a microphone open share its settings.
  browser = await launch([smallPictures()])
  const path = newPath()
  ann = await Caller.arrive(browser, server.origin)
  await ann.context.addInitScript(recordWhatLeaves)
  await ann.context.addInitScript(saveData)
  await ann.context.addInitScript(() => (window.soundAsAsked = true))
  await ann.enter(path, 'Ann')
  await ann.inRoom()
  bob = await Caller.arrive(browser, server.origin)
  await bob.enter(path, 'Bob')
  await Promise.all([ann.keepsSeeing(), bob.keepsSeeing()])
})
after(async () => {
  await ann?.leave()
  await bob?.leave()
  await browser?.close()
  await server?.stop()
})

// Runs in the page: the tracks and announcements that leave it.
function recordWhatLeaves() {
  window.left = []
  const { replaceTrack } = window.RTCRtpSender.prototype
  window.RTCRtpSender.prototype.replaceTrack = function (track) {
    if (track?.kind === 'audio') window.left.push(track.enabled ? 'live' : 'silent')
    return replaceTrack.call(this, track)
  }
  const { send } = window.RTCDataChannel.prototype
  window.RTCDataChannel.prototype.send = function (text) {
    window.left.push(JSON.parse(text).muted ? 'muted' : 'unmuted')
    return send.call(this, text)
  }
}

// Runs in the page: the user has set the browser to save data.
function saveData() {
  Object.defineProperty(navigator.connection, 'saveData', { value: true })
}

test('an estimate of the round-trip time restarts nothing', async () => {
  const fetched = () => ann.requested.filter((path) => path === '/turn-server-config').length
  const [sessions, before] = [await ann.iceSessions(), fetched()]
  await ann.page.evaluate(() => navigator.connection.dispatchEvent(new Event('change')))
  await sleep(2000)
  assert.deepEqual(await ann.iceSessions(), sessions)
  assert.equal(fetched(), before)
})

test('another microphone is not live for a moment while one is muted', async () => {
  await ann.toggle('Microphone', false)
  await ann.page.evaluate(() => (window.left = []))
  await ann.press('Settings')
  const list = ann.page.getByLabel('Microphone', { exact: true }).and(ann.page.locator('select'))
  await list.selectOption({ index: (await list.locator('option').count()) - 1 })
  await ann.page.waitForFunction(() => window.left.length >= 2)
  await ann.page.keyboard.press('Escape')
  const left = await ann.page.evaluate(() => window.left)
  assert.deepEqual(left.sort(), ['muted', 'silent'])
})

test('original sound is sent without what browsers do for speech', async () => {
  // Runs in the page: what is known of the sound that leaves it.
  const sound = () =>
    ann.page.evaluate(() => {
      const [{ connection }] = window.remoteConnections()
      const sender = connection.getSenders().find(({ track }) => track?.kind === 'audio')
      const { echoCancellation, noiseSuppression, autoGainControl } = sender.track.getSettings()
      const [{ maxBitrate }] = sender.getParameters().encodings
      return [echoCancellation, noiseSuppression, autoGainControl, maxBitrate, sender.track.enabled]
    })
  const becomes = async (...wanted) => {
    for (const end = Date.now() + timeout; Date.now() < end; await sleep(50)) {
      if (String(await sound()) === String(wanted)) return
    }
    assert.deepEqual(await sound(), wanted)
  }
  await becomes(true, true, true, undefined, false)
  await ann.press('Settings')
  await ann.page.getByLabel('Original sound, for music').check()
  await becomes(true, false, false, 128_000, false)
  await ann.page.getByLabel('Remove echo').uncheck()
  await becomes(false, false, false, 128_000, false)
  await check(ann, 'original sound')
  await ann.page.getByLabel('Original sound, for music').uncheck()
  await becomes(true, true, true, undefined, false)
  await ann.page.keyboard.press('Escape')
})

test('a browser that saves data is offered low data', async () => {
  const offer = 'Your browser saves data. Video uses most of it.'
  await ann.reads(offer)
  await bob.readsNot(offer)
  await ann.press('Use low data')
  await ann.readsNot(offer)
  await ann.press('Settings')
  await ann.reads(/^You see only who speaks/)
  await ann.page.getByRole('dialog').getByLabel('Data use').selectOption('All video')
  await ann.page.keyboard.press('Escape')
  await ann.keepsSeeing()
  await ann.readsNot(offer)
})

test('who rejoins or reloads is off as before', async () => {
  await ann.toggle('Camera', false)
  await ann.press('Hang up')
  await ann.press('Rejoin call')
  await bob.reads('Their camera is off')
  for (const device of ['Microphone', 'Camera']) {
    await ann.button(device).and(ann.page.locator('[aria-pressed="false"]')).waitFor()
  }
  assert.ok((await ann.liveTracks()) <= 1, 'no camera is open')
  await ann.page.reload()
  await ann.button('Join call').waitFor()
  for (const device of ['Microphone', 'Camera']) {
    await ann.button(device).and(ann.page.locator('[aria-pressed="false"]')).waitFor()
  }
  await ann.toggle('Microphone', true)
  await ann.toggle('Camera', true)
  await ann.press('Join call')
  await bob.keepsSeeing()
  for (const person of [ann, bob]) assert.deepEqual(person.faults, [])
})
