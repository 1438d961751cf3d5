/**
 * A peer connection that is made before somebody is there to connect to: its certificate
 * exists and its candidates are gathered when it is needed. It is closed if nobody needs it.
 */
import type { Clock } from './clock.ts'
import type { IceServers } from './ice-servers.ts'

/** How long it is kept for nobody, in ms: a TURN server keeps a relay for it meanwhile. */
const KEPT_FOR = 180_000
/** How old it may become, in ms: its TURN credentials do, too. */
const MAX_AGE = 1_800_000
/** How soon it is tried again where the server told no ICE servers, in ms. */
const PAUSE = 10_000
/** Gathers candidates at once. Browsers without a pool gather them with the first offer. */
const POOL = 1

export interface SpareConnectionDeps {
  createPeerConnection(servers: RTCIceServer[], pool?: number): RTCPeerConnection
  iceServers: IceServers
  clock: Clock
}

export class SpareConnection {
  readonly #deps: SpareConnectionDeps
  #connection: RTCPeerConnection | undefined
  #preparing: Promise<void> | undefined
  /** Counts what was taken or dropped: what is prepared meanwhile is not needed. */
  #ended = 0
  #paused = false
  #cancelDrop: () => void = () => undefined
  #cancelAge: () => void = () => undefined

  constructor(deps: SpareConnectionDeps) {
    this.#deps = deps
  }

  /** Makes it once `ready`, unless there is one, which is then kept for as long as a new one. */
  async prepare(ready: Promise<void>): Promise<void> {
    if (this.#connection) this.#dropLater()
    else if (!this.#paused) await (this.#preparing ??= this.#make(ready))
  }

  async #make(ready: Promise<void>): Promise<void> {
    const { iceServers, clock, createPeerConnection } = this.#deps
    const number = this.#ended
    // Before the user has answered the browser's question, candidates hide addresses.
    const [servers] = await Promise.all([iceServers.current(), ready])
    if (number !== this.#ended) return
    this.#preparing = undefined
    // A call gets servers with its seat; a connection without any would be worse.
    if (iceServers.relay === 'unknown') {
      this.#paused = true
      clock.after(PAUSE, () => (this.#paused = false))
      return
    }
    this.#connection = createPeerConnection(servers, POOL)
    this.#cancelAge = clock.after(MAX_AGE, () => this.drop())
    this.#dropLater()
  }

  /** The connection, which is the caller's from now on; undefined if none is ready. */
  take(): RTCPeerConnection | undefined {
    const connection = this.#connection
    this.#ended++
    this.#cancelDrop()
    this.#cancelAge()
    this.#connection = this.#preparing = undefined
    return connection
  }

  /** Nobody will need it, or the network changed. */
  drop(): void {
    this.take()?.close()
  }

  #dropLater(): void {
    this.#cancelDrop()
    this.#cancelDrop = this.#deps.clock.after(KEPT_FOR, () => this.drop())
  }
}
