import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FakeCaches } from './fake-caches.ts'

const BUILD = 'b1'
const CACHE = `vidchat-${BUILD}`
const SCRIPT = '/assets/call-01234567.js'
const GERMAN = '/assets/messages-call-de-01234567.js'
const ENGLISH = '/assets/messages-call-en-01234567.js'
const OLDER_PAGE = '<html><script src="/assets/older-01234567.js"></script>'
const PAGE = `<html><script src="${SCRIPT}"></script>`
const PAGES = ['/', '/call/', '/call/test']
const FILES = ['/favicon.svg', '/favicon-notice.svg', '/manifest.webmanifest']

type Listener = (event: object) => void

/** What the server answers, by path; anything else is not found. */
let server: Map<string, string>
let caches: FakeCaches
let listeners: Map<string, Listener>
let unregister: ReturnType<typeof vi.fn>

beforeEach(async () => {
  server = new Map([SCRIPT, GERMAN, ENGLISH, ...FILES].map((path) => [path, `that of ${path}`]))
  for (const path of PAGES) server.set(path, PAGE)
  server.set('/sw.js', '')
  caches = new FakeCaches()
  unregister = vi.fn(async () => true)
  const hashes = [SCRIPT, GERMAN, ENGLISH].map(async (path) => [path, await hashOf(path)])
  vi.stubGlobal('__BUILD__', BUILD)
  vi.stubGlobal('__ASSETS__', Object.fromEntries(await Promise.all(hashes)))
  vi.stubGlobal('caches', caches)
  vi.stubGlobal('fetch', async (request: { url: string } | string) => {
    const url = typeof request === 'string' ? request : request.url
    const text = server.get(new URL(url, 'https://calls.example').pathname)
    return text === undefined ? new Response('', { status: 404 }) : new Response(text)
  })
  await startWorker()
})
afterEach(() => vi.unstubAllGlobals())

async function hashOf(path: string): Promise<string> {
  const content = new TextEncoder().encode(server.get(path))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content))
  return btoa(String.fromCharCode(...hash))
}

/** The browser starts the worker, which it also does after it has ended it. */
async function startWorker(): Promise<void> {
  listeners = new Map()
  vi.stubGlobal('self', {
    location: { origin: 'https://calls.example' },
    navigator: { languages: ['en'] },
    registration: { unregister },
    clients: { claim: async () => undefined },
    addEventListener: (type: string, listener: Listener) => listeners.set(type, listener),
  })
  vi.resetModules()
  const worker = './worker.ts' // a script that exports nothing
  await import(/* @vite-ignore */ worker)
}

/** Tells the worker of an event, and waits for all that it does. Returns its answer. */
async function tell(type: string, details: object = {}): Promise<Response | undefined> {
  const work: Promise<unknown>[] = []
  let answer: Promise<Response> | undefined
  listeners.get(type)?.({
    ...details,
    waitUntil: (promise: Promise<unknown>) => work.push(promise),
    respondWith: (promise: Promise<Response>) => (answer = promise),
  })
  await answer?.catch(() => undefined)
  for (let count = -1; count < work.length;) {
    count = work.length
    await Promise.all(work)
  }
  return answer
}

async function installed(): Promise<void> {
  await tell('install')
  await tell('activate')
}

const asks = (path: string, mode = 'no-cors') =>
  tell('fetch', { request: { method: 'GET', mode, url: `https://calls.example${path}` } })

const kept = async () => (await caches.open(CACHE)).paths

async function textOf(path: string): Promise<string | undefined> {
  return (await (await caches.open(CACHE)).match(path))?.text()
}

const plant = async (path: string, cache = CACHE) =>
  (await caches.open(cache)).put(path, new Response('planted'))

/** An older server, which has no worker, is there instead. */
function goBack(): void {
  for (const path of PAGES) server.set(path, OLDER_PAGE)
  server.delete('/sw.js')
}

it('keeps the pages, and the assets in the language of the browser', async () => {
  await installed()
  expect(await kept()).toEqual([...PAGES, SCRIPT, ENGLISH, ...FILES].sort())
  await asks(GERMAN)
  expect(await kept()).toContain(GERMAN)
})

it('retires once the server has no worker, and stays so when it is started again', async () => {
  await installed()
  goBack()
  expect(await (await asks('/call/', 'navigate'))?.text()).toBe(OLDER_PAGE)
  expect(unregister).toHaveBeenCalledOnce()
  expect(await caches.keys()).toEqual([])
  for (const state of ['retired', 'started again']) {
    if (state === 'started again') await startWorker()
    await asks('/call/', 'navigate')
    await asks(GERMAN)
    await asks('/favicon.svg')
    expect(await caches.keys(), state).toEqual([])
  }
})

it('makes no cache again either for a page that is still of its build', async () => {
  await installed()
  goBack()
  await asks('/call/', 'navigate')
  for (const path of PAGES) server.set(path, PAGE)
  await startWorker()
  expect(await (await asks('/', 'navigate'))?.text()).toBe(PAGE)
  expect(await caches.keys()).toEqual([])
})

it('retires at the next page if it was ended meanwhile', async () => {
  await installed()
  goBack()
  unregister.mockRejectedValueOnce(new Error('ended'))
  await asks('/', 'navigate').catch(() => undefined)
  await startWorker()
  await asks('/', 'navigate')
  expect(unregister).toHaveBeenCalledTimes(2)
  expect(await caches.keys()).toEqual([])
})

it('takes over nothing that was planted before it is installed', async () => {
  for (const path of ['/', SCRIPT, '/assets/other-01234567.js']) await plant(path)
  await plant(SCRIPT, 'vidchat-b0')
  await tell('install')
  expect(await kept()).not.toContain('/assets/other-01234567.js')
  expect(await textOf(SCRIPT)).toBe(server.get(SCRIPT))
  expect(await textOf('/')).toContain(SCRIPT)
})

it('activates with no asset that was planted while it waited', async () => {
  await tell('install')
  for (const path of [SCRIPT, GERMAN, '/assets/other-01234567.js', '/other']) await plant(path)
  await caches.open('vidchat-b0')
  await tell('activate')
  expect(await caches.keys()).toEqual([CACHE])
  expect(await kept()).toEqual([...PAGES, ENGLISH, ...FILES].sort())
  // It is kept again from the server, once a page asks for it.
  expect(await (await asks(SCRIPT))?.text()).toBe(server.get(SCRIPT))
})

it('replaces a page that was planted by the one of the server', async () => {
  await installed()
  await plant('/call/')
  expect(await (await asks('/call/', 'navigate'))?.text()).toBe(PAGE)
  expect(await textOf('/call/')).toContain(SCRIPT)
})
