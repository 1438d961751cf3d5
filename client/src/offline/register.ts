/** Registers the service worker, which keeps the pages for times without a network. */

/** How long after the page is loaded its worker is registered, in ms. */
const REGISTER_DELAY = 5000

export interface RegisterDeps {
  /** Undefined on insecure pages and in private windows of some browsers. */
  workers: Pick<ServiceWorkerContainer, 'controller' | 'register' | 'addEventListener'> | undefined
  /** Whether the user has the browser save data. */
  saveData: boolean
  /** The addresses of what the page has loaded. */
  loaded: () => string[]
  /** Whether something on the page is more urgent. */
  isBusy: () => boolean
}

/**
 * Registers it some time after the page is loaded: installing it costs requests.
 * Where there are no service workers, the page works without.
 */
export function registerWorker({ workers, saveData, loaded, isBusy }: RegisterDeps): void {
  if (!workers || saveData) return
  // The language of the page was loaded before there was a worker, which keeps it once it is
  // asked for. It comes from the browser's other cache.
  const askAgain = () => {
    const messages = loaded().filter((url) => url.includes('/assets/messages-'))
    for (const url of messages) fetch(url).catch(() => undefined)
  }
  if (!workers.controller) workers.addEventListener('controllerchange', askAgain, { once: true })
  const schedule = () => setTimeout(register, REGISTER_DELAY)
  const register = () => {
    if (isBusy()) schedule()
    else workers.register('/sw.js').catch(() => undefined)
  }
  if (document.readyState === 'complete') schedule()
  else addEventListener('load', schedule, { once: true })
}

/** What `registerWorker` needs of this browser. */
export function workersOf({
  navigator,
  performance,
  self,
  top,
}: Window): Omit<RegisterDeps, 'isBusy'> {
  const { connection } = navigator as { connection?: { saveData?: boolean } }
  // A page in a frame has a storage of its own, where nobody looks for it.
  const isApart = self !== top || !import.meta.env.PROD
  return {
    workers: isApart ? undefined : (navigator.serviceWorker as ServiceWorkerContainer | undefined),
    saveData: connection?.saveData === true,
    loaded: () => performance.getEntriesByType('resource').map(({ name }) => name),
  }
}
