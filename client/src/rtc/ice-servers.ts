/** STUN and TURN servers, as the server hands them out. */

/** Where the server tells its ICE servers; TURN credentials expire after hours. */
const CONFIG_PATH = '/turn-server-config'
/** A call is not held up longer than this by a slow answer, in ms. */
const TIMEOUT = 4000
/** Servers are good for a new connection this long, in ms; credentials live for 4 h. */
const GOOD_FOR = 3_600_000
/** Those that came a moment ago are not asked for again, in ms: the way there may be a dead one. */
const FRESH_FOR = 5000

export type Fetch = (path: string, init: RequestInit) => Promise<Response>

/** Whether the servers in use include a relay. */
export type Relay = 'offered' | 'none' | 'unknown'

/** Asks for ICE servers, and falls back on the last good answer. */
export class IceServers {
  readonly #fetch: Fetch
  readonly #now: () => number
  #since = -Infinity
  #latest: RTCIceServer[] = []
  #relay: Relay = 'unknown'

  /** `now` tells the time in ms. */
  constructor(fetch: Fetch, now: () => number = Date.now) {
    this.#fetch = fetch
    this.#now = now
  }

  get relay(): Relay {
    return this.#relay
  }

  /** Takes those that came with our place in the room. */
  offer(list: unknown): void {
    try {
      this.#use(readIceServers({ iceServers: list }))
    } catch {
      // None came with it: they are asked for when they are needed.
    }
  }

  /** Those that came a short while ago, or fresh ones. */
  async current(): Promise<RTCIceServer[]> {
    return this.#now() - this.#since < GOOD_FOR ? this.#latest : this.fresh()
  }

  /** The servers to use now. Never fails: without an answer a call is still tried. */
  async fresh(): Promise<RTCIceServer[]> {
    if (this.#now() - this.#since < FRESH_FOR) return this.#latest
    try {
      const signal = AbortSignal.timeout(TIMEOUT)
      const answer = await this.#fetch(CONFIG_PATH, { signal, cache: 'no-store' })
      if (!answer.ok) throw new Error(`${CONFIG_PATH} answered ${answer.status}`)
      this.#use(readIceServers(await answer.json()))
    } catch (error) {
      console.warn('No ICE servers from the server, going on with those known.', error)
    }
    return this.#latest
  }

  #use(servers: RTCIceServer[]): void {
    this.#latest = servers
    this.#since = this.#now()
    this.#relay = servers.some(isRelay) ? 'offered' : 'none'
  }
}

/** Picks the usable entries of an answer `{"iceServers": […]}`. */
export function readIceServers(answer: unknown): RTCIceServer[] {
  const list = (answer as { iceServers?: unknown } | null)?.iceServers
  if (!Array.isArray(list)) throw new Error(`${CONFIG_PATH} answered without iceServers`)
  return list.filter(isIceServer)
}

function isIceServer(entry: unknown): entry is RTCIceServer {
  const urls = addressesOf(entry)
  return (
    urls.length > 0 && urls.every((url) => typeof url === 'string' && /^(stun|turn)s?:./.test(url))
  )
}

function isRelay(entry: RTCIceServer): boolean {
  return addressesOf(entry).some((url) => String(url).startsWith('turn'))
}

function addressesOf(entry: unknown): unknown[] {
  const urls = (entry as { urls?: unknown } | null)?.urls
  return Array.isArray(urls) ? urls : urls === undefined ? [] : [urls]
}
