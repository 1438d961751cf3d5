/**
 * The service worker. It keeps the pages and every asset of one build, so that the pages
 * open without a network, and so that a page which was opened before an update still finds
 * its assets after it.
 *
 * Pages come from the network as long as there is one, so an update is there at the next
 * start of a page. Assets have a hash in their names, so nothing mixes two builds.
 *
 * It keeps nothing of a call: what it keeps are the pages and files that are named below, and
 * what these name, without what is behind `?` or `#` in their addresses.
 */

/** Filled in by the build. */
declare const __BUILD__: string
declare const __ASSETS__: Record<string, string>

/** Its type is that of any worker. */
const worker = self as unknown as ServiceWorkerGlobalScope

/**
 * The one cache that is used. Every script of this origin, also one of an attacker, may write
 * to every cache, so nothing is taken from others unchecked.
 */
const CACHE = 'vidchat-' + __BUILD__
/** The assets of this build, with the SHA-256 of each in base64. */
const HASHES = __ASSETS__
const ASSETS = Object.keys(HASHES)

/** The pages, by the addresses that the server answers with them. */
const PAGES: Record<string, string> = {
  '/': '/',
  '/call': '/call/',
  '/call/': '/call/',
  // With CLIENT_DIR, another page than that of a call.
  '/call/test': '/call/test',
  '/call/test/': '/call/test',
}
/** What the pages name beside their assets. */
const FILES = ['/favicon.svg', '/favicon-notice.svg', '/manifest.webmanifest']

/** Where a server has the colors and the logo of its brand. */
const BRAND = '/brand/'
/** The texts of a part of the page in one language, which the name has. */
const MESSAGES = /^\/assets\/messages-\w+-(\w+)-[\w-]{8}\.js$/

/** How long a page from the network may take if there is one in the cache, in ms. */
const PAGE_TIMEOUT = 4000

/** Requests that a call depends on bypass this worker in browsers with static routing. */
const ROUTES = [
  ...['/socket.io/*', '/turn-server-config'].map((path) => route(path, 'network')),
  route('/assets/messages-*', 'fetch-event'),
  route('/assets/*', { cacheName: CACHE }),
]

interface RoutedInstallEvent extends ExtendableEvent {
  addRoutes?: (routes: typeof ROUTES) => Promise<void>
}

worker.addEventListener('install', (event: RoutedInstallEvent) => {
  event.waitUntil(install())
  // Where it does not know these routes, all goes through the worker.
  if (event.addRoutes) event.waitUntil(event.addRoutes(ROUTES).catch(() => undefined))
})

worker.addEventListener('activate', (event) => event.waitUntil(activate()))

worker.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== worker.location.origin) return
  if (mode === 'navigate') event.respondWith(newest(event, PAGES[pathname]))
  else if (FILES.includes(pathname) || pathname.startsWith(BRAND))
    event.respondWith(newest(event, pathname))
  else if (pathname.startsWith('/assets/')) event.respondWith(kept(event, pathname))
})

async function install(): Promise<void> {
  const languages = await usedLanguages()
  await deleteForeign(() => false)
  await keepAssets((language) => language === undefined || languages.includes(language))
  for (const path of new Set([...Object.values(PAGES), ...FILES])) {
    const response = await fetch(path, { priority: 'low' })
    if (!response.ok) throw new Error(`${path} answered ${response.status}.`)
    const isOurs = await keep(path, response)
    // With CLIENT_DIR, the call page is another one.
    if (!isOurs && path === '/') throw new Error('The server has another build by now.')
  }
}

/** Fetches one after the other, as a call may need the network more. */
async function keepAssets(isWanted: (language: string | undefined) => boolean): Promise<void> {
  const cache = await openCache()
  if (!cache) return
  for (const asset of ASSETS.filter((asset) => isWanted(languageOf(asset)))) {
    if (await cache.match(asset)) continue
    // The browser's other cache may hold what an attacker has sent.
    const response =
      (await copyOf(asset)) ?? (await download(asset)) ?? (await download(asset, 'reload'))
    if (!response) throw new Error(`The server has another ${asset}.`)
    await cache.put(asset, response)
  }
}

/** An asset from the cache of another build. */
async function copyOf(asset: string): Promise<Response | undefined> {
  for (const name of await caches.keys()) {
    const found = await (await caches.open(name)).match(asset)
    if (found && (await isGenuine(asset, found))) return found
  }
  return undefined
}

/** An asset from the server; undefined if it is not the one of this build. */
async function download(asset: string, cache?: RequestCache): Promise<Response | undefined> {
  const response = await fetch(asset, { priority: 'low', ...(cache && { cache }) })
  if (!response.ok) throw new Error(`${asset} answered ${response.status}.`)
  return (await isGenuine(asset, response)) ? response : undefined
}

async function isGenuine(asset: string, response: Response): Promise<boolean> {
  const content = await response.clone().arrayBuffer()
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content))
  return btoa(String.fromCharCode(...hash)) === HASHES[asset]
}

/** Deletes from this worker's cache what is neither an asset of this build nor wanted. */
async function deleteForeign(isWanted: (path: string) => boolean): Promise<void> {
  const cache = await caches.open(CACHE)
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname
    if (path in HASHES) {
      const found = await cache.match(request)
      if (found && (await isGenuine(path, found))) continue
    } else if (isWanted(path)) continue
    await cache.delete(request)
  }
}

/** The languages that an older build was used in, and the one that the browser wants. */
async function usedLanguages(): Promise<(string | undefined)[]> {
  const used = []
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys()
    used.push(...requests.map(({ url }) => languageOf(new URL(url).pathname)))
  }
  const known = new Set(ASSETS.map(languageOf))
  const tags = worker.navigator.languages.map((tag) => tag.toLowerCase().replace(/[-_].*/, ''))
  return [...used, tags.find((tag) => known.has(tag)) ?? 'en']
}

const languageOf = (asset: string): string | undefined => MESSAGES.exec(asset)?.[1]

/** No page uses an older build any more: this worker has waited for that. */
async function activate(): Promise<void> {
  await deleteOtherCaches()
  // Pages of an earlier worker could write to this one's cache until now.
  await deleteForeign((path) => path in PAGES || FILES.includes(path) || path.startsWith(BRAND))
  // Optional: Safari has it since 15.4, Firefox since 99.
  await worker.registration.navigationPreload?.enable()
  // The first page is opened without a worker, and also loads assets later. That changes
  // nothing on the page, as an asset is the same from wherever it comes.
  await worker.clients.claim()
}

/** An asset that is kept, or from the network. A language is kept once it is used. */
async function kept(event: FetchEvent, path: string): Promise<Response> {
  const found = await fromCache(path)
  if (found) return found
  const response = await fetch(event.request)
  const used = languageOf(path)
  if (used && ASSETS.includes(path)) {
    event.waitUntil(keepAssets((language) => language === used).catch(() => undefined))
  }
  return response
}

/** From the network, and from the cache if that fails or takes long. */
async function newest(event: FetchEvent, path: string | undefined): Promise<Response> {
  const fromNetwork = request(event)
  if (path === undefined) return fromNetwork
  const answered = fromNetwork.then((response) => {
    if (response.ok) event.waitUntil(keep(path, response.clone()))
    return response
  })
  const settled = answered.catch(() => undefined)
  event.waitUntil(settled)
  const late = new Promise<undefined>((resolve) =>
    setTimeout(() => resolve(undefined), PAGE_TIMEOUT),
  )
  const response = await Promise.race([settled, late])
  if (response && response.status < 500) return response
  return (await fromCache(path)) ?? answered
}

/**
 * The cache of this worker; undefined once it has retired, also if the browser has started it
 * again since for its last page. It is made when the worker is installed, and not later.
 */
async function openCache(): Promise<Cache | undefined> {
  const exists = await caches.has(CACHE)
  return exists && !isRetired ? caches.open(CACHE) : undefined
}

/** Does not make the cache again either. */
const fromCache = (path: string) => caches.match(path, { cacheName: CACHE })

/** The browser has begun to load a page while it started this worker. */
async function request(event: FetchEvent): Promise<Response> {
  const preloaded = (await event.preloadResponse) as Response | undefined
  // Firefox does not reject if it cannot load the page.
  if (preloaded?.type === 'error') throw new TypeError('The page cannot be loaded.')
  return preloaded ?? fetch(event.request)
}

/**
 * Keeps a page if it is of this build, and else what was kept under its name no longer is
 * what the server has. Reports whether it is of this build.
 */
async function keep(path: string, response: Response): Promise<boolean> {
  const cache = await openCache()
  if (!cache) return false
  let body: string | Blob
  if (path in PAGES) {
    const page = await response.text()
    if (!isOurs(page)) {
      if (await cache.match(path)) {
        // First, so that it is asked for again if that fails.
        await retireIfGone()
        await cache.delete(path)
      }
      return false
    }
    for (const file of named(page, BRAND)) {
      if (await cache.match(file)) continue
      const answer = await fetch(file)
      if (answer.ok) await keep(file, answer)
    }
    // So that the page knows where it comes from.
    body = page.replace('<html', '<html data-kept')
  } else body = await response.blob()
  // A new response, since the other one remembers the address that was asked for, which may
  // contain a name, and with which Chromium even writes the room and its key to the disk. The
  // messages that its Link names are of a language that may not be kept.
  const headers = new Headers(response.headers)
  for (const name of ['Content-Encoding', 'Content-Length', 'Vary', 'Link']) headers.delete(name)
  await cache.put(path, new Response(body, { headers }))
  return true
}

/** Reports whether all assets that a page names are of this build. */
function isOurs(page: string): boolean {
  const assets = named(page, '/assets/')
  return assets.length > 0 && assets.every((asset) => ASSETS.includes(asset))
}

/** The files below a folder that a page names. */
function named(page: string, folder: string): string[] {
  return [...page.matchAll(/"(\/[^"]+)"/g)]
    .map(([, path = '']) => path)
    .filter((path) => path.startsWith(folder))
}

/** Its last page goes on with the network alone. That the cache is gone says it for longer. */
let isRetired = false

/** A server without a worker, such as an older one, ends this one: browsers would keep it. */
async function retireIfGone(): Promise<void> {
  const { status } = await fetch('/sw.js', { method: 'HEAD', cache: 'no-store' })
  if (status !== 404 && status !== 410) return
  isRetired = true
  await worker.registration.unregister()
  // That of this worker is the last, as nothing is deleted once it is gone.
  await deleteOtherCaches()
  await caches.delete(CACHE)
}

async function deleteOtherCaches(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name !== CACHE)
  await Promise.all(others.map((name) => caches.delete(name)))
}

function route(pathname: string, source: 'network' | 'fetch-event' | { cacheName: string }) {
  return { condition: { urlPattern: { pathname } }, source }
}
