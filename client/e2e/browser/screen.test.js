// A screen is shared beside the camera, with its sound, and in place of the camera with
// the original's client. The screen is Chromium's fake one, and so is its sound.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Caller } from './caller.js'
import { smallWindow } from './camera.js'
import { openBrowser } from './chromium.js'
import { keyedPath, newPath } from './links.js'
import { originalClient, replaceClient } from './original/folder.js'
import { Original } from './original/original.js'
import { startServer } from '../process.js'

let server, original, theirs, browser
before(async () => {
  original = originalClient()
  server = await startServer()
  theirs = await startServer({ CLIENT_DIR: original.folder })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await Promise.all([server?.stop(), theirs?.stop()])
  original?.remove()
})

const shares = (person) => person.toggle('Share screen', true)
const stops = (person) => person.toggle('Share screen', false)

/** Waits until sound arrives with the video of this label. */
const hears = (person, label) =>
  person.waitFor(async (label) => {
    const found = window.remoteConnections().find(({ video }) => video.ariaLabel === label)
    const [track] = found?.video.srcObject.getAudioTracks() ?? []
    const stats = track ? [...(await found.connection.getStats(track)).values()] : []
    return stats.some(
      ({ type, totalAudioEnergy }) => type === 'inbound-rtp' && totalAudioEnergy > 0,
    )
  }, label)

/** How this person's browser treats the screen that it sends. */
const limitsOfScreen = (person) =>
  person.page.evaluate(() => {
    const { degradationPreference, encodings } = window.screenSender().getParameters()
    return [degradationPreference, encodings[0].maxFramerate]
  })

/** What flows in each section between this person and the other, as this person's browser says. */
const directions = (person) =>
  person.page.evaluate(() => {
    const [{ connection }] = window.remoteConnections()
    return connection.getTransceivers().map(({ currentDirection }) => currentDirection)
  })

/** Runs in the page: finds the sender of its screen. */
function findScreenSender() {
  window.screenSender = () => {
    const [{ connection }] = window.remoteConnections()
    const isScreen = ({ track }) => track?.getSettings().displaySurface
    return connection.getSenders().find(isScreen)
  }
}

test('a screen is seen and heard beside the camera, also by those who come back', async () => {
  const path = keyedPath()
  const [ann, bo] = [
    await Caller.arrive(browser, server.origin, smallWindow),
    await Caller.arrive(browser, server.origin, smallWindow),
  ]
  await bo.runFirst(findScreenSender)
  await ann.enter(path, 'Ann')
  await ann.inRoom()
  await bo.enter(path, 'Bo')
  await Promise.all([ann.verifies('Bo'), bo.verifies('Ann')])

  // At the same moment, so that their offers collide.
  await Promise.all([shares(ann), shares(bo)])
  await ann.seesOf('Bo’s screen')
  await ann.seesOf('Bo')
  await hears(ann, 'Bo’s screen')
  await bo.seesOf('Ann’s screen')
  await bo.seesOf('Ann')

  assert.deepEqual(await limitsOfScreen(bo), ['maintain-resolution', 8])
  await bo.pressInToolbar('Settings')
  await bo.page.getByLabel('Video', { exact: true }).check()
  await bo.press('Close')
  await bo.waitFor(() => window.screenSender().getParameters().encodings[0].maxFramerate === 30)
  await ann.seesOf('Bo’s screen')

  await ann.page.reload()
  await ann.join('Ann')
  await ann.seesOf('Bo’s screen')
  await ann.seesOf('Bo')
  await bo.readsNot('Ann’s screen')

  await stops(bo)
  await ann.readsNot('Bo’s screen')
  await ann.seesOf('Bo')
  await ann.waitFor(() => {
    const [{ connection }] = window.remoteConnections()
    const now = connection.getTransceivers().map(({ currentDirection }) => currentDirection)
    return now.join() === 'sendrecv,sendrecv,inactive,inactive'
  })
  await Promise.all([ann.verifies('Bo'), bo.verifies('Ann')])
  assert.deepEqual([...ann.faults, ...bo.faults], [])
  await Promise.all([ann.leave(), bo.leave()])
})

test('with the original’s client, a screen takes the place of the camera', async () => {
  const path = newPath()
  const bo = await Caller.arrive(browser, server.origin, smallWindow)
  const old = await Original.arrive(browser, server.origin, smallWindow)
  await replaceClient(old.context, theirs.origin)
  await old.enter(path)
  await old.inRoom()
  await bo.enter(path)
  await Promise.all([old.sees(), bo.sees()])
  // The camera's pictures are narrower than a window.
  const width = smallWindow.viewport.width
  await shares(bo)
  await old.waitFor((width) => document.getElementById('remoteVideo').videoWidth === width, width)
  await old.keepsSeeing()
  assert.equal((await directions(bo)).length, 2)
  await stops(bo)
  await old.waitFor((width) => document.getElementById('remoteVideo').videoWidth < width, width)
  await bo.keepsSeeing()
  assert.deepEqual([...old.faults, ...bo.faults], [])
  await Promise.all([old.leave(), bo.leave()])
})
