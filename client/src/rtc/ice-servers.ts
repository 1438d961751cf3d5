/** STUN and TURN servers, as the server hands them out. */

/** Where the server tells its ICE servers; TURN credentials expire after hours. */
const CONFIG_PATH = '/turn-server-config'
/** A call is not held up longer than this by a slow answer, in ms. */
const TIMEOUT = 4000

export type Fetch = (path: string, init: RequestInit) => Promise<Response>

/** Whether the servers in use include a relay. */
export type Relay = 'offered' | 'none' | 'unknown'

/** Asks for ICE servers, and falls back on the last good answer. */
export class IceServers {
  readonly #fetch: Fetch
  #latest: RTCIceServer[] = []
  #relay: Relay = 'unknown'

  constructor(fetch: Fetch) {
    this.#fetch = fetch
  }

  get relay(): Relay {
    return this.#relay
  }

  /** The servers to use now. Never fails: without an answer a call is still tried. */
  async fresh(): Promise<RTCIceServer[]> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT)
      const answer = await this.#fetch(CONFIG_PATH, { signal, cache: 'no-store' })
      if (!answer.ok) throw new Error(`${CONFIG_PATH} answered ${answer.status}`)
      this.#latest = readIceServers(await answer.json())
      this.#relay = this.#latest.some(isRelay) ? 'offered' : 'none'
    } catch (error) {
      console.warn('No ICE servers from the server, going on with those known.', error)
    }
    return this.#latest
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
