/**
 * The service worker. It keeps the pages and every asset of one build, so that the pages
 * open without a network, and so that a page which was opened before an update still finds
 * its assets after it.
 *
 * Pages come from the network as long as there is one, so an update is there at the next
 * start of a page. Assets have a hash in their names, so nothing mixes two builds.
 *
 * It keeps nothing of a call: all that it keeps has a name that is written below.
 */

/** Filled in by the build. */
declare const __BUILD__: string
declare const __ASSETS__: string[]

/** Its type is that of any worker. */
const worker = self as unknown as ServiceWorkerGlobalScope

const PREFIX = 'vidchat-'
const CACHE = PREFIX + __BUILD__
const ASSETS = __ASSETS__

/** The pages, by the addresses that the server answers with them. */
const PAGES: Record<string, string> = {
  '/': '/',
  '/call': '/call/',
  '/call/': '/call/',
  '/call/test': '/call/',
  '/call/test/': '/call/',
}
/** What the pages name beside their assets. */
const FILES = ['/favicon.svg', '/favicon-notice.svg', '/manifest.webmanifest']

/** How long a page from the network may take if there is one in the cache, in ms. */
const PATIENCE = 4000

/** What a call waits for does not wait for this worker, where the browser can do without. */
const ROUTES = [
  ...['/socket.io/*', '/turn-server-config'].map((path) => route(path, 'network')),
  route('/assets/*', 'cache'),
]

interface RoutedInstallEvent extends ExtendableEvent {
  addRoutes?: (routes: typeof ROUTES) => Promise<void>
}

worker.addEventListener('install', (event: RoutedInstallEvent) => {
  event.waitUntil(install())
  if (event.addRoutes) event.waitUntil(event.addRoutes(ROUTES))
})

worker.addEventListener('activate', (event) => event.waitUntil(activate()))

worker.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== worker.location.origin) return
  if (mode === 'navigate') event.respondWith(newest(event, PAGES[pathname]))
  else if (FILES.includes(pathname)) event.respondWith(newest(event, pathname))
  else if (pathname.startsWith('/assets/')) event.respondWith(kept(event.request, pathname))
})

/** Fetches one after the other, as a call may need the network more. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  for (const asset of ASSETS) {
    if (await cache.match(asset)) continue
    const response = (await caches.match(asset)) ?? (await fetch(asset, { priority: 'low' }))
    if (!response.ok) throw new Error(`${asset} answered ${response.status}.`)
    await cache.put(asset, response)
  }
  for (const path of ['/', '/call/', ...FILES]) {
    const response = await fetch(path, { priority: 'low' })
    if (!response.ok) throw new Error(`${path} answered ${response.status}.`)
    const isOurs = await keep(path, response)
    // With CLIENT_DIR, the call page is another one.
    if (!isOurs && path === '/') throw new Error('The server has another build by now.')
  }
}

/** No page uses an older build any more: this worker has waited for that. */
async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(old.map((name) => caches.delete(name)))
  // Optional: Safari has it since 15.4, Firefox since 99.
  await worker.registration.navigationPreload?.enable()
  // The first page is opened without a worker, and also loads assets later. That changes
  // nothing on the page, as an asset is the same from wherever it comes.
  await worker.clients.claim()
}

/** An asset of any build that is kept, or from the network. */
async function kept(request: Request, path: string): Promise<Response> {
  return (await caches.match(path)) ?? fetch(request)
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
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE))
  const response = await Promise.race([settled, late])
  if (response && response.status < 500) return response
  return (await caches.match(path)) ?? answered
}

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
  const cache = await caches.open(CACHE)
  const text = await response.text()
  if (path in PAGES && !isOurs(text)) {
    if (await cache.delete(path)) await retireIfGone()
    return false
  }
  // A new response, since the other one remembers the address that was asked for, which may
  // contain a name, and with which Chromium even writes the room and its key to the disk.
  // The page is marked, so that it knows where it comes from.
  const headers = new Headers(response.headers)
  for (const name of ['Content-Encoding', 'Content-Length', 'Vary']) headers.delete(name)
  await cache.put(path, new Response(text.replace('<html', '<html data-kept'), { headers }))
  return true
}

/** Reports whether all assets that a page names are of this build. */
function isOurs(page: string): boolean {
  const named = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, asset = '']) => asset)
  return named.length > 0 && named.every((asset) => ASSETS.includes(asset))
}

/** A server without a worker, such as an older one, ends this one: browsers would keep it. */
async function retireIfGone(): Promise<void> {
  const { status } = await fetch('/sw.js', { method: 'HEAD', cache: 'no-store' })
  if (status !== 404 && status !== 410) return
  await worker.registration.unregister()
  await caches.delete(CACHE)
}

function route(pathname: string, source: 'network' | 'cache') {
  return { condition: { urlPattern: { pathname } }, source }
}
