import { untrack } from 'svelte'

/** How long to wait before the server is asked again, in ms. */
const PAUSE = 10_000
/** How long it may take to answer, in ms. */
const TIMEOUT = 8000

export interface ServerReachDeps {
  navigator: Pick<Navigator, 'onLine'>
  /** Its `data-kept` says that the service worker had to take the page from its cache. */
  page: { readonly dataset: DOMStringMap }
  events: Pick<EventTarget, 'addEventListener'>
  fetch: (path: string, init: RequestInit) => Promise<Pick<Response, 'ok'>>
}

/** What is known about the way to the server before a call. It is asked only if the way is lost. */
export class ServerReach {
  readonly #deps: ServerReachDeps
  #state = $state<'open' | 'lost' | 'offline'>('open')
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(deps: ServerReachDeps) {
    this.#deps = deps
  }

  /** `offline`: this device has no network; `lost`: nobody knows more. */
  get state(): 'open' | 'lost' | 'offline' {
    return this.#state
  }

  /** Watches until the function that it returns is called. An effect may call it. */
  watch(): () => void {
    return untrack(() => this.#watch())
  }

  #watch(): () => void {
    const { navigator, page, events } = this.#deps
    const ended = new AbortController()
    const { signal } = ended
    events.addEventListener('offline', () => this.#lose(signal), { signal })
    events.addEventListener('online', () => void this.#ask(signal), { signal })
    if (!navigator.onLine || 'kept' in page.dataset) this.#lose(signal)
    // The page may also come from the cache because the network is slow.
    if (navigator.onLine) void this.#ask(signal)
    return () => {
      clearTimeout(this.#timer)
      ended.abort()
    }
  }

  #lose(ended: AbortSignal): void {
    clearTimeout(this.#timer)
    this.#state = this.#deps.navigator.onLine ? 'lost' : 'offline'
    this.#timer = setTimeout(() => void this.#ask(ended), PAUSE)
  }

  async #ask(ended: AbortSignal): Promise<void> {
    if (this.#state === 'open') return
    clearTimeout(this.#timer)
    const signal = AbortSignal.timeout(TIMEOUT)
    const answers = await this.#deps
      .fetch('/healthz', { method: 'HEAD', cache: 'no-store', signal })
      .then(
        ({ ok }) => ok,
        () => false,
      )
    if (ended.aborted) return
    if (!answers) return this.#lose(ended)
    delete this.#deps.page.dataset.kept
    this.#state = 'open'
  }
}
