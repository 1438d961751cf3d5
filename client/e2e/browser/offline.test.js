// The service worker: pages open without the server, and survive its update.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { startBuilds } from './builds.js'
import { launchWhole, openBrowser } from './chromium.js'
import { keyedPath, newPath } from './links.js'
import { Talker } from './talk.js'
import { words } from './words.js'

let browser
before(async () => (browser = await openBrowser()))
after(() => browser?.close())

const arrive = (origin, options) =>
  Talker.arrive(browser, origin, { serviceWorkers: 'allow', ...options })

/** Waits until the worker is installed and serves this page; `register` does not wait for rest. */
async function isKept(page, register = true) {
  if (register) await page.evaluate(() => navigator.serviceWorker.register('/sw.js'))
  await page.waitForFunction(() => navigator.serviceWorker.controller)
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

test('after a first call, pages open without the server, say so, and join when it is back', async () => {
  let server = await startServer()
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
    assert.ok((await asked) - loaded >= 5000, 'the worker was asked for before the page had rested')
    assert.deepEqual(caller.faults, [])

    await page.goto('/')
    await server.stop()
    await page.reload()
    await caller.reads('Can’t reach the server')
    const test = await caller.context.newPage()
    await test.goto('/call/test')
    await test.getByRole('button', { name: 'Start the test' }).click()
    await test.locator('[data-check="websocket"]').getByText('Can’t reach the server').waitFor()
    await test.close()

    await caller.press('Start a call')
    await caller.reads('You can already join')
    await caller.seesSelf()
    await caller.press('Join call')
    await caller.reads(words.serverAway)
    server = await startServer({}, server.port)
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
      await registration.update()
    })
    await page.waitForFunction(
      async () => (await navigator.serviceWorker.getRegistration()).waiting !== null,
    )
    await caller.join('Ann')
    await caller.inRoom()
    await caller.opensChat()
    assert.deepEqual(await state(), { build: '1', caches: 2, isWaiting: true })
    assert.deepEqual(builds.missing, [])
    assert.deepEqual(caller.faults, [])

    // The next page is of the new build, whose worker waits as long as pages use the old one.
    await page.goto('/')
    assert.equal((await state()).build, '2')
    await page.goto('about:blank')
    for (let isActive = false; !isActive;) {
      await page.goto('/')
      const { caches, isWaiting } = await state()
      isActive = !isWaiting && caches === 1
      await page.goto('about:blank')
    }

    // A server without a worker ends it.
    builds.deploy({ hasWorker: false })
    await page.goto('/')
    await page.waitForFunction(
      async () =>
        (await navigator.serviceWorker.getRegistration()) === undefined &&
        (await caches.keys()).length === 0,
    )
  } finally {
    await caller.leave()
    await builds.stop()
    await server.stop()
  }
})

test('the page of another client is not kept, and signaling does not wait for the worker', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vidchat-client-'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><html><title>another</title></html>')
  const server = await startServer({ CLIENT_DIR: folder })
  const caller = await arrive(server.origin)
  const { page } = caller
  try {
    await caller.open('/')
    await isKept(page)
    await page.goto('/call/#room')
    assert.equal(await page.title(), 'another')
    const paths = new Set((await keptBy(page)).map(({ path }) => path))
    assert.equal(paths.has('/'), true)
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
