// The call page in a frame of another site, whose page is that of the documentation, beside
// callers who have opened the link themselves.
// Slow: it launches a Firefox of its own.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { check } from './axe.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { FirefoxCaller } from './firefox-caller.js'
import { launchFirefox } from './firefox.js'
import { Host, serveHost } from './host.js'
import { keyedPath } from './links.js'
import { words } from './words.js'
import { startServer } from '../process.js'
import { timeout } from '../timeout.js'

let site, unlisted, server, chromium, firefox
before(async () => {
  site = await serveHost()
  unlisted = await serveHost()
  server = await startServer({ EMBED_ORIGINS: site.origin })
  // Firefox refuses the frame all storage, as it does for those who block such cookies.
  const more = { 'network.cookie.cookieBehavior': 1 }
  ;[chromium, firefox] = await Promise.all([openBrowser(), launchFirefox({ more })])
})
after(async () => {
  await Promise.all([chromium?.close(), firefox?.close()])
  await server?.stop()
  unlisted?.stop()
  site?.stop()
})

/** High enough for the frame and what is above it. */
const viewport = { width: 960, height: 1000 }
const inChromium = async ({ origin }) =>
  new Host(await Caller.arrive(chromium, origin, { viewport }))
const inFirefox = async ({ origin }) => new Host(await FirefoxCaller.arrive(firefox, origin))

/** What the page of the documentation passes on to the frame. */
const FEATURES = [
  ...['camera', 'microphone', 'display-capture', 'autoplay', 'fullscreen'],
  ...['picture-in-picture', 'clipboard-write', 'screen-wake-lock'],
]

/** Runs a test with somebody who is in the call, at the page itself. */
async function besideBo(path, run) {
  const bo = await Caller.arrive(chromium, server.origin)
  try {
    await bo.enter(path, 'Bo')
    await bo.reads(words.alone)
    await run(bo)
    assert.deepEqual(bo.faults, [])
  } finally {
    await bo.leave()
  }
}

for (const [name, arrive] of [
  ['Chromium', inChromium],
  ['Firefox without storage', inFirefox],
]) {
  test(`in ${name}, the page joins, mutes and leaves, and is told what happens`, () => {
    const path = keyedPath()
    return besideBo(path, async (bo) => {
      const ann = await arrive(site)
      await ann.shows(server.origin + path)
      await ann.hears('"event":"ready"')
      await ann.hears('"event":"devices","microphone":"on","camera":"on"')
      await ann.presses('join')
      await ann.hears('"answer":1,"ok":true')
      await ann.hears('"state":"talking"')
      await ann.hears('"name":"Bo"}]')
      await bo.verifies('Ann')
      await bo.seesOf('Ann')
      await ann.keepsFocus('join')

      await ann.presses('microphone')
      await ann.hears('"microphone":"off","camera":"on"')
      await bo.reads(words.muted)
      await ann.presses('camera')
      await ann.hears('"microphone":"off","camera":"off"')
      await bo.reads(words.cameraOff)
      await ann.presses('microphone')
      await ann.hears('"microphone":"on","camera":"off"')
      await bo.readsNot(words.muted)

      await bo.press('Hang up')
      await ann.hears('"participants":[]', 2)
      await ann.hears('"state":"waiting"')
      await ann.presses('leave')
      await ann.hears('"state":"left","reason":"hung-up"')
      await ann.presses('leave')
      await ann.hears('"code":"not-now"')
      await ann.hears('"state":"pre-join"')
      const [room, key] = path.split('#')[1].split(',')
      const log = await ann.log()
      for (const secret of [room, key, 'a=', 'fingerprint']) assert.ok(!log.includes(secret), log)
      await ann.person.leave()
    })
  })
}

test('a page of another site cannot show it, and no page another one than the call page', async () => {
  const link = server.origin + keyedPath()
  for (const [host, address] of [
    [unlisted, link],
    [site, `${server.origin}/`],
    [site, `${server.origin}/call/test`],
    [site, `${server.origin}/nothing`],
  ]) {
    const ann = await inChromium(host)
    await ann.shows(address)
    await showsInFrame(ann, 'chrome-error://chromewebdata/')
    await ann.person.leave()
  }
  const ann = await inFirefox(unlisted)
  await ann.shows(link)
  await showsInFrame(ann, 'about:neterror')
  await ann.person.leave()
})

/** Waits until the address of what the frame shows begins like this. */
async function showsInFrame({ person }, address) {
  let urls
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(50)) {
    urls = await person.frames()
    if (urls.some((url) => url.startsWith(address))) return
  }
  throw new Error(`the frame shows ${urls}, not ${address}`)
}

test('messages of other windows are ignored, also of those of the same site', () => {
  const path = keyedPath()
  return besideBo(path, async (bo) => {
    const ann = await inChromium(site)
    await ann.shows(server.origin + path)
    await ann.presses('join')
    await ann.hears('"state":"talking"')
    const { page } = ann.person
    const [, call] = page.frames()
    let reports = 900
    for (const { origin } of [site, unlisted]) {
      const address = `${origin}/other`
      await page.evaluate((address) => {
        const frame = document.createElement('iframe')
        frame.src = address
        document.body.append(frame)
        return new Promise((resolve) => (frame.onload = () => resolve()))
      }, address)
      const other = page.frames().find((frame) => frame.url() === address)
      await call.evaluate(() => {
        window.arrived = new Promise((resolve) =>
          addEventListener('message', ({ data }) => data.id === 99 && resolve()),
        )
      })
      await other.evaluate(() => {
        window.heard = []
        addEventListener('message', ({ data }) => window.heard.push(data))
        window.parent.frames[0].postMessage({ vidchat: 1, id: 99, do: 'leave' }, '*')
      })
      await call.evaluate(() => window.arrived)
      await ann.sends({ id: ++reports, do: 'report' })
      await ann.hears(`"answer":${reports},"ok":true`)
      assert.deepEqual(await other.evaluate(() => window.heard), [])
      await page.evaluate(() => document.body.lastElementChild.remove())
    }
    await ann.sends({ id: 100, do: 'report' })
    await ann.hears('"answer":100,"ok":true')
    assert.ok(!(await ann.log()).includes('"answer":99'))
    assert.equal(await call.locator('main').getAttribute('data-state'), 'talking')
    await bo.seesOf('Ann')
    await ann.person.leave()
  })
})

test('what a call can do, it can do in the frame, and offers nothing that browsers refuse there', () => {
  const path = keyedPath()
  return besideBo(path, async (bo) => {
    const ann = await inChromium(site)
    await ann.shows(server.origin + path)
    const [, call] = ann.person.page.frames()
    await ann.hears('"event":"ready"')
    const forbidden = await call.evaluate((features) => {
      const { featurePolicy } = document
      return features.filter((feature) => !featurePolicy.allowsFeature(feature))
    }, FEATURES)
    assert.deepEqual(forbidden, [])

    await ann.presses('join')
    await bo.seesOf('Ann')
    await check({ page: call, faults: [] }, 'embedded')
    const button = (name) => call.getByRole('button', { name })
    await button(/^Reactions and more/).click()
    await button('Picture in picture').click()
    await call.waitForFunction(() => document.pictureInPictureElement?.ariaLabel === 'Bo')
    await button(/^Reactions and more/).click()
    await button('Picture in picture').click()
    await call.waitForFunction(() => !document.pictureInPictureElement)

    await button('Settings').click()
    await call.getByLabel('Tell me when I talk while muted').waitFor()
    assert.equal(await call.getByText(/Notif/).count(), 0)
    await ann.person.leave()
  })
})

test('after a reload in the frame, somebody is back in a locked call without asking', () => {
  const path = keyedPath()
  return besideBo(path, async (bo) => {
    const ann = await inChromium(site)
    await ann.shows(server.origin + path)
    await ann.presses('join')
    await ann.hears('"state":"talking"')
    await bo.verifies('Ann')
    await bo.toggle('Lock call', true)
    const [, call] = ann.person.page.frames()
    await call
      .getByRole('button', { name: 'Lock call' })
      .and(call.locator('[aria-pressed="true"]'))
      .waitFor()
    await call.evaluate(() => location.reload())
    await ann.hears('"event":"ready"', 2)
    await ann.presses('join')
    await ann.hears('"state":"talking"', 2)
    assert.ok(!(await ann.log()).includes('knocking'))
    await bo.seesOf('Ann')
    assert.equal(await bo.page.locator('[data-peer]').count(), 1)

    await ann.presses('leave')
    await bo.reads('Ann left.')
    const home = ann.person.context.waitForEvent('page')
    await call.getByRole('link', { name: 'Home', exact: true }).click()
    assert.equal((await home).url(), `${server.origin}/`)
    await ann.person.leave()
  })
})

test('a frame that may not use camera and microphone says so', async () => {
  const ann = await inChromium(site)
  await ann.person.runFirst(() => {
    addEventListener('DOMContentLoaded', () =>
      document.getElementById('call')?.removeAttribute('allow'),
    )
  })
  await ann.shows(server.origin + keyedPath())
  await ann.hears('"event":"devices","microphone":"missing","camera":"missing"')
  const [, call] = ann.person.page.frames()
  await call.getByText('This page may not use your camera and microphone').waitFor()
  await ann.sends({ id: 7, do: 'unmute', device: 'camera' })
  await ann.hears('"answer":7,"ok":false,"error":{"code":"device-missing"')
  await ann.person.leave()
})
