// The service worker: pages open without the server, and survive its update.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startServer } from '../process.js'
import { timeout } from '../timeout.js'
import { check } from './axe.js'
import { startBuilds } from './builds.js'
import { launchWithProfile, openBrowser } from './chromium.js'
import { keyedPath, newPath } from './links.js'
import { FirefoxCaller } from './firefox-caller.js'
import { launchFirefox } from './firefox.js'
import { Talker } from './talk.js'
import { words } from './words.js'

let browser
before(async () => (browser = await openBrowser()))
after(() => browser?.close())

const arrive = (origin, options) =>
  Talker.arrive(browser, origin, { serviceWorkers: 'allow', ...options })

/** Waits until the worker is installed and serves this page; `register` does not wait for the delay. */
async function isKept(page, register = true) {
  if (register) await page.evaluate(() => navigator.serviceWorker.register('/sw.js'))
  await page.waitForFunction(() => navigator.serviceWorker.controller)
}

async function until(check) {
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(50)) {
    if (await check()) return
  }
  throw new Error(`after ${timeout} ms not ${check}`)
}

/** All that is in the caches: names, addresses, and texts. */
const keptBy = (page) =>
  page.evaluate(async () => {
    const kept = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) {
        const response = await cache.match(request)
        kept.push({
          cache: name,
          path: new URL(request.url).pathname,
          request: request.url,
          response: response.url,
          text: await response.text(),
        })
      }
    }
    return kept
  })

/** What the server puts into its pages is kept with them. */
const branded = {
  BRAND_NAME: 'Acme',
  BRAND_COLOR: '#166ce0',
  BRAND_LOGO: fileURLToPath(new URL('../../public/icon-192.png', import.meta.url)),
}
const colorOfButton = () =>
  getComputedStyle(document.querySelector('.button.primary')).backgroundColor

test('after a first call, pages open without the server, say so, and join when it is back', async () => {
  let server = await startServer(branded)
  const caller = await arrive(server.origin)
  const { page } = caller
  try {
    const asked = new Promise((resolve) => {
      caller.context.on('request', (request) => {
        if (request.url().endsWith('/sw.js')) resolve(Date.now())
      })
    })
    await caller.enter(newPath())
    await caller.inRoom()
    await isKept(page, false)
    const loaded = await page.evaluate(
      () => performance.timeOrigin + performance.getEntriesByType('navigation')[0].loadEventEnd,
    )
    assert.ok((await asked) - loaded >= 5000, 'the worker was asked for too early')
    assert.deepEqual(caller.faults, [])

    await page.goto('/')
    await server.stop()
    await page.reload()
    await caller.reads('Can’t reach the server')
    await caller.reads('Acme')
    await page.waitForFunction(() => document.querySelector('.brand img')?.naturalWidth > 0)
    assert.equal(await page.evaluate(colorOfButton), 'rgb(22, 108, 224)')
    await check({ page: caller.page, faults: [] }, 'offline, with a brand') // the server is gone
    const test = await caller.context.newPage()
    await test.goto('/call/test')
    await test.getByRole('button', { name: 'Start the test' }).click()
    await test.locator('[data-check="websocket"]').getByText('Can’t reach the server').waitFor()
    await test.close()

    await caller.press('Start a call')
    await caller.reads('You can already join')
    await caller.seesSelf()
    await check({ page: caller.page, faults: [] }, 'offline before a call, with a brand')
    await caller.press('Join call')
    await caller.reads(words.serverAway)
    server = await startServer(branded, server.port)
    await caller.reads(words.alone)
  } finally {
    await caller.leave()
    await server.stop()
  }
})

test('an update changes no open page, which finds its parts, and is there at the next start', async () => {
  const server = await startServer()
  const builds = await startBuilds(server.port)
  const caller = await arrive(builds.origin)
  const { page } = caller
  const state = () =>
    page.evaluate(async () => {
      const { waiting } = await navigator.serviceWorker.getRegistration()
      return {
        build: document.documentElement.dataset.build ?? '1',
        caches: (await caches.keys()).length,
        isWaiting: waiting !== null,
      }
    })
  try {
    await caller.open(keyedPath())
    await isKept(page)
    builds.deploy()
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration()
      const { installing } = await registration.update()
      await new Promise((resolve) => {
        installing.onstatechange = () => installing.state === 'installed' && resolve()
      })
    })
    await caller.join('Ann')
    await caller.inRoom()
    await caller.opensChat()
    assert.deepEqual(await state(), { build: '1', caches: 2, isWaiting: true })
    assert.deepEqual(builds.missing, [])
    assert.deepEqual(caller.faults, [])

    // The next page is of the new build, whose worker waits as long as pages use the old one.
    await until(async () => {
      await page.goto('/') // from the cache, if the machine is too busy
      return (await state()).build === '2'
    })
    const [, next] = caller.context.serviceWorkers()
    await page.goto('about:blank')
    await until(() => next.evaluate(() => self.registration.waiting === null))
    await page.goto('/')
    await until(async () => (await state()).caches === 1)
    assert.deepEqual(await state(), { build: '2', caches: 1, isWaiting: false })

    // A server without a worker ends it, also if the first request that asks for it fails.
    builds.deploy({ hasWorker: false, failures: 1 })
    await page.evaluate(() => caches.open('another'))
    await until(async () => {
      await page.goto('/')
      await sleep(500) // it asks once the page is there
      return page.evaluate(async () => {
        const isGone = (await navigator.serviceWorker.getRegistration()) === undefined
        return isGone && (await caches.keys()).length === 0
      })
    })
  } finally {
    await caller.leave()
    await builds.stop()
    await server.stop()
  }
})

test('it takes nothing from caches that an attacker has filled before it came', async () => {
  const server = await startServer()
  const caller = await arrive(server.origin)
  const { page } = caller
  try {
    await caller.open('/')
    const own = await page.evaluate(async () => {
      const worker = await (await fetch('/sw.js')).text()
      const own = `vidchat-${/"([\da-f]{16})"/.exec(worker)[1]}`
      const assets = [...document.querySelectorAll('script[src], link[rel="modulepreload"]')]
      for (const name of ['a', own, 'vidchat-0']) {
        const cache = await caches.open(name)
        for (const { src, href } of [...assets, { href: '/brand/logo' }]) {
          const headers = { 'Content-Type': 'text/javascript' }
          await cache.put(src ?? href, new Response('document.title = "planted"', { headers }))
        }
      }
      return own
    })
    await isKept(page)
    const kept = await keptBy(page)
    assert.deepEqual([...new Set(kept.map(({ cache }) => cache))], [own])
    assert.deepEqual(
      kept.filter(({ text }) => text.includes('planted')),
      [],
    )
    await page.evaluate(async () => {
      const cache = await caches.open('a') // once it is installed, too
      const { src } = document.querySelector('script[src]')
      const headers = { 'Content-Type': 'text/javascript' }
      await cache.put(src, new Response('document.title = "planted"', { headers }))
    })
    for (const stop of [() => undefined, () => server.stop()]) {
      await stop()
      await page.reload()
      await caller.button('Start a call').waitFor()
      assert.notEqual(await page.title(), 'planted')
    }
  } finally {
    await caller.leave()
    await server.stop()
  }
})

test('languages in use are kept, the page of another client is not, and signaling does not wait', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vidchat-client-'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><html><title>another</title></html>')
  const server = await startServer({ CLIENT_DIR: folder })
  const caller = await arrive(server.origin, { locale: 'fr-FR' })
  const { page } = caller
  try {
    await caller.open('/')
    await isKept(page)
    await until(async () => {
      const texts = (await keptBy(page)).filter(({ path }) => /messages-\w+-fr-/.test(path))
      return texts.length === 3 // those of each part of the page
    })
    await page.goto('/call/#room')
    assert.equal(await page.title(), 'another')
    await page.goto('/call/test')
    await page.locator('h1').waitFor()
    const paths = new Set((await keptBy(page)).map(({ path }) => path))
    assert.equal(paths.has('/') && paths.has('/call/test'), true)
    assert.equal(paths.has('/call/'), false)
    // Chromium says what answers without the worker.
    const sourceOf = (path) =>
      page.evaluate(async (path) => {
        await (await fetch(path)).arrayBuffer()
        return performance.getEntriesByName(location.origin + path)[0].workerMatchedSourceType
      }, path)
    assert.equal(await sourceOf('/turn-server-config'), 'network')
    assert.equal(await sourceOf('/socket.io/?EIO=4&transport=polling'), 'network')
    assert.equal(await sourceOf([...paths].find((path) => path.startsWith('/assets/'))), 'cache')
    assert.equal(await sourceOf('/favicon.svg'), '')
    assert.deepEqual(caller.faults, [])
  } finally {
    await caller.leave()
    await server.stop()
    rmSync(folder, { recursive: true })
  }
})

test('it can be installed, and keeps nothing of a call', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vidchat-profile-'))
  const server = await startServer()
  let caller
  try {
    const inProfile = { newContext: (options) => launchWithProfile(folder, options) }
    caller = await Talker.arrive(inProfile, server.origin, { serviceWorkers: 'allow' })
    const { page } = caller
    await caller.open('/')
    await isKept(page)
    const devtools = await caller.context.newCDPSession(page)
    const { errors, url } = await devtools.send('Page.getAppManifest')
    assert.deepEqual([errors, url], [[], `${server.origin}/manifest.webmanifest`])
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
    assert.deepEqual(installabilityErrors, [])

    // The password completes the name of the room.
    for (const path of [keyedPath().replace('#', '?name=Annabella#'), '/call/?password']) {
      await caller.open('about:blank')
      await caller.open(path)
      if (path.includes('password'))
        await page.getByLabel(/^Choose a password/).fill('correct horse')
      await caller.press('Join call')
      await caller.inRoom()
      await caller.reads(words.alone)
      const [, room, key] = page.url().match(/#([^,]+),(.+)$/)
      const secrets = [room.replace(/^pw-/, ''), key, 'Annabella', 'correct horse']
      await holdsNone(page, folder, secrets)
      await page.reload()
      await holdsNone(page, folder, secrets)
    }
    assert.deepEqual(caller.faults, [])
  } finally {
    await caller?.leave()
    await server.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
})

test('Firefox: pages open without the server, say so, and join when it is back', async () => {
  let server = await startServer()
  const firefox = await launchFirefox()
  try {
    const caller = await FirefoxCaller.arrive(firefox, server.origin)
    await caller.open('/')
    await caller.waitFor(async () => {
      await navigator.serviceWorker.register('/sw.js')
      return navigator.serviceWorker.controller !== null
    })
    await server.stop()
    await caller.open('/')
    await caller.reads(words.serverAway)
    await caller.enter(newPath())
    await caller.reads('You’ll join automatically')
    server = await startServer({}, server.port)
    await caller.reads(words.alone)
    await caller.leave()
  } finally {
    await firefox.close()
    await server.stop()
  }
})

/** Checks that none of these texts is in what the worker keeps, nor in its files. */
async function holdsNone(page, folder, secrets) {
  const kept = await keptBy(page)
  for (const { request } of kept) assert.doesNotMatch(request, /[?#]|socket\.io|turn-server/)
  const files = filesBelow(join(folder, 'Default', 'Service Worker'))
  const holding = (text) => [
    ...kept.filter((entry) => JSON.stringify(entry).includes(text)).map(({ path }) => path),
    ...files.filter((file) => contentOf(file).includes(text)),
  ]
  assert.ok(holding('/call/').length > 0)
  for (const secret of secrets) assert.deepEqual(holding(secret), [], secret)
}

/** The browser may delete a file meanwhile. */
function contentOf(file) {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}

function filesBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((file) => join(file.parentPath, file.name))
}
