/** The STUN and TURN servers that the signaling server hands out. */

/** Where ICE servers are fetched from; TURN credentials expire after hours. */
const CONFIG_PATH = '/turn-server-config'
/** A slow response delays a call no longer than this, in ms. */
const TIMEOUT = 4000
/** How long servers are good enough for a new connection, in ms; credentials last 2 h or more. */
const MAX_AGE = 3_600_000
/** Servers younger than this are not fetched again, in ms: the network may be down. */
const FRESH_FOR = 5000

export type Fetch = (path: string, init: RequestInit) => Promise<Response>

/** Whether the servers in use include a TURN relay. */
export type RelayAvailability = 'available' | 'none' | 'unknown'

/** Fetches ICE servers, and falls back to the last good response. */
export class IceServers {
  readonly #fetch: Fetch
  readonly #now: () => number
  #updatedAt = -Infinity
  #servers: RTCIceServer[] = []
  #relay: RelayAvailability = 'unknown'
  /** Whether the last request failed. */
  #hasFailed = false
  #onAsked: () => void = () => undefined
  /** Resolves once the server asks for reports about calls, which it may never do. */
  readonly callStats = new Promise<void>((resolve) => (this.#onAsked = resolve))
  /** The request in flight: all participants need the servers at the same time. */
  #fetching: Promise<void> | undefined

  /** `now` returns the time in ms. */
  constructor(fetch: Fetch, now: () => number = Date.now) {
    this.#fetch = fetch
    this.#now = now
  }

  get relay(): RelayAvailability {
    return this.#relay
  }

  /** Uses the servers that came with our seat in the room. */
  update(list: unknown): void {
    try {
      this.#use(readIceServers({ iceServers: list }))
    } catch {
      // None came with the seat: they are fetched when they are needed.
    }
    // The answer that was lost would have said whether reports are wanted.
    if (this.#hasFailed) void this.#fetchOnce()
  }

  /** Servers for a new connection: recent ones, or fresh ones. */
  async current(): Promise<RTCIceServer[]> {
    return this.#now() - this.#updatedAt < MAX_AGE ? this.#servers : this.fresh()
  }

  /** Servers fetched now. Never fails: without a response, the known ones are tried. */
  async fresh(): Promise<RTCIceServer[]> {
    if (this.#now() - this.#updatedAt < FRESH_FOR) return this.#servers
    await this.#fetchOnce()
    return this.#servers
  }

  #fetchOnce(): Promise<void> {
    this.#fetching ??= this.#update().finally(() => (this.#fetching = undefined))
    return this.#fetching
  }

  async #update(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT)
      const response = await this.#fetch(CONFIG_PATH, { signal, cache: 'no-store' })
      if (!response.ok) throw new Error(`${CONFIG_PATH} answered ${response.status}`)
      const answer = (await response.json()) as { callStats?: unknown }
      this.#use(readIceServers(answer))
      this.#hasFailed = false
      if (answer.callStats === true) this.#onAsked()
    } catch (error) {
      this.#hasFailed = true
      console.warn('Cannot fetch ICE servers, using the known ones.', error)
    }
  }

  #use(servers: RTCIceServer[]): void {
    this.#servers = servers
    this.#updatedAt = this.#now()
    this.#relay = servers.some(isRelay) ? 'available' : 'none'
  }
}

/** Picks the usable entries of a response `{"iceServers": […]}`. */
export function readIceServers(response: unknown): RTCIceServer[] {
  const list = (response as { iceServers?: unknown } | null)?.iceServers
  if (!Array.isArray(list)) throw new Error(`${CONFIG_PATH} answered without iceServers`)
  return list.filter(isIceServer)
}

function isIceServer(entry: unknown): entry is RTCIceServer {
  const urls = urlsOf(entry)
  return (
    urls.length > 0 && urls.every((url) => typeof url === 'string' && /^(stun|turn)s?:./.test(url))
  )
}

function isRelay(entry: RTCIceServer): boolean {
  return urlsOf(entry).some((url) => String(url).startsWith('turn'))
}

function urlsOf(entry: unknown): unknown[] {
  const urls = (entry as { urls?: unknown } | null)?.urls
  return Array.isArray(urls) ? urls : urls === undefined ? [] : [urls]
}
