// What people do on the call page, and what it tells them. They want motion, which the people
// of most other files do without.
// Slow: two people come and go again and again in one call.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { check } from './axe.js'
import { Caller } from './caller.js'
import { inMotion } from './person.js'
import { newPath } from './links.js'
import { openBrowser } from './chromium.js'
import { isLarge } from './tiles.js'
import { words } from './words.js'
import { startServer } from '../process.js'

let server, browser
before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

let people = []
const arrive = async () => {
  const caller = await Caller.arrive(browser, server.origin, inMotion)
  people.push(caller)
  return caller
}

const nobodyMetFaults = () => {
  for (const person of people) assert.deepEqual(person.faults, [])
}
const everybodyLeaves = async () => {
  await Promise.all(people.map((person) => person.leave()))
  nobodyMetFaults()
  people = []
}

const arriveAt = async (path) => {
  const caller = await arrive()
  await caller.enter(path)
  return caller
}

// Runs in the page before its own scripts: what the browser calls for its own buttons.
function recordMediaActions() {
  window.mediaActions = {}
  MediaSession.prototype.setActionHandler = (action, handler) => {
    if (handler) window.mediaActions[action] = handler
    else delete window.mediaActions[action]
  }
}

describe('before the call', () => {
  afterEach(everybodyLeaves)

  test('the lobby shows oneself and sends nothing', async () => {
    const caller = await arrive()
    await caller.open(newPath())
    await caller.seesSelf()
    await caller.reads(words.private)
    assert.ok(!caller.requested.some((path) => path.startsWith('/socket.io/')))
  })

  test('microphone and camera can be off from the start', async () => {
    const path = newPath()
    const first = await arriveAt(path)
    const second = await arrive()
    await second.open(path)
    await second.seesSelf()
    await second.toggle('Microphone', false)
    await second.toggle('Camera', false)
    await second.press('Join call')
    await second.sees()
    await first.reads(words.cameraOff)
    await first.reads(words.muted)
    await second.toggle('Microphone', true)
    await second.toggle('Camera', true)
    await first.keepsSeeing()
    await first.readsNot(words.muted)
    await first.readsNot(words.cameraOff)
  })

  test('a person who waits alone is given the link to send', async () => {
    const path = newPath()
    const caller = await arriveAt(path)
    await caller.reads(words.alone)
    const link = caller.page.getByLabel('Link to this call')
    assert.equal(await link.inputValue(), `${server.origin}${path}`)
  })
})

test('the call goes on in a small window with controls, or as a video', async () => {
  const path = newPath()
  const first = await arriveAt(path)
  await first.inRoom()
  const second = await arrive()
  // A browser that knows picture in picture for videos alone.
  await second.runFirst(() => delete window.documentPictureInPicture)
  await second.runFirst(recordMediaActions)
  await second.enter(path)
  await Promise.all([first.sees(), second.sees()])

  const opening = first.context.waitForEvent('page')
  await first.pressUnderMore('Picture in picture')
  const small = await opening
  await small.waitForFunction(() => document.querySelector('video')?.videoWidth > 0)
  assert.ok(await small.evaluate(() => document.querySelector('video').muted))
  await check({ page: small, faults: [] }, 'picture in picture')
  await small.getByRole('button', { name: 'Microphone' }).click()
  await second.reads(words.muted)

  await second.pressUnderMore('Picture in picture')
  await second.waitFor(() => document.pictureInPictureElement?.ariaLabel === 'The other person')
  await second.pressUnderMore('Picture in picture')
  await second.waitFor(() => !document.pictureInPictureElement)

  // The browser's own buttons, and its question when the tab is hidden.
  assert.ok(await second.page.evaluate(() => 'enterpictureinpicture' in window.mediaActions))
  await second.page.evaluate(() => window.mediaActions.togglecamera())
  await first.reads(words.cameraOff)
  await second.page.evaluate(() => window.mediaActions.hangup())
  await second.reads(words.youLeft)
  assert.deepEqual(await second.page.evaluate(() => Object.keys(window.mediaActions)), [])
  if (!small.isClosed()) await small.waitForEvent('close')
  await everybodyLeaves()
})

// The tests are in one call, and each begins where the one before ended.
describe('during a call, and at its end', () => {
  afterEach(nobodyMetFaults)
  after(everybodyLeaves)

  const path = newPath()
  let first, second

  test('the two videos change places', async () => {
    first = await arriveAt(path)
    await first.inRoom()
    const alone = await first.area('You')
    second = await arriveAt(path)
    await Promise.all([first.sees(), second.sees()])
    await first.reads(words.connected, { visible: false })
    await first.page.waitForFunction((before) => {
      const { width, height } = document
        .querySelector('video[aria-label="You"]')
        .getBoundingClientRect()
      return width * height < before / 4
    }, alone)
    assert.ok((await first.area('The other person')) > 4 * (await first.area('You')))
    await first.press('Pin yourself')
    await isLarge(first, 'You', ['The other person'])
    await first.press('Pin the other person')
    await isLarge(first, 'The other person', ['You'])
    await first.keepsSeeing()
  })

  test('the keyboard is enough', async () => {
    await second.page.keyboard.press('m')
    await first.reads(words.muted)
    await second.page.keyboard.down('Space')
    await first.readsNot(words.muted)
    await second.page.keyboard.up('Space')
    await first.reads(words.muted)
    await second.page.keyboard.press('v')
    await first.reads(words.cameraOff)
    // What is off would stay off in the tests that follow.
    for (const key of ['m', 'v']) await second.page.keyboard.press(key)
    await first.readsNot(words.muted)
    await first.readsNot(words.cameraOff)
    await second.button('Hang up').focus()
    await second.page.keyboard.press('Enter')
    await second.reads(words.youLeft)
  })

  test('hanging up frees the devices, and one can come back', async () => {
    assert.equal(await second.liveTracks(), 0)
    await first.reads(words.otherLeft)
    await first.seesNobody()
    await second.press('Rejoin call')
    await Promise.all([first.sees(), second.sees()])
    await Promise.all([first.keepsSeeing(), second.keepsSeeing()])
  })

  test('the microphone and the camera can be switched', async () => {
    await second.toggle('Camera', false)
    await first.reads(words.cameraOff)
    await second.toggle('Camera', true)
    await first.readsNot(words.cameraOff)
    await first.keepsSeeing()
    await second.toggle('Microphone', false)
    await first.reads(words.muted)
    await second.toggle('Microphone', true)
    await first.readsNot(words.muted)
  })

  test('the first can leave and come back as well', async () => {
    await first.press('Hang up')
    await second.reads(words.otherLeft)
    await first.press('Rejoin call')
    await Promise.all([first.keepsSeeing(), second.keepsSeeing()])
  })

  test('a reload goes back to the lobby, and into the same call', async () => {
    await second.page.reload()
    await second.press('Join call')
    await Promise.all([first.keepsSeeing(), second.keepsSeeing()])
  })

  test('a third is told that the call is full, and may come when there is room', async () => {
    const third = await arriveAt(path)
    await third.reads(words.full)
    await Promise.all([first.keepsSeeing(), second.keepsSeeing()])
    await second.press('Hang up')
    await first.reads(words.otherLeft)
    await third.press('Try again')
    await Promise.all([first.sees(), third.sees()])
    second = third
  })

  test('a window that is closed counts as leaving', async () => {
    await second.leave()
    await first.reads(words.otherLeft)
    const again = await arriveAt(path)
    await Promise.all([first.sees(), again.sees()])
  })
})
