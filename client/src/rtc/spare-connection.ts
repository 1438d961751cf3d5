/**
 * A peer connection that is made before somebody is there to connect to: its certificate
 * exists and its candidates are gathered when it is needed. It is closed if nobody needs it.
 */
import type { Clock } from './clock.ts'
import type { IceServers } from './ice-servers.ts'

/** How long it is kept, in ms: a TURN server keeps a relay for it meanwhile. */
const KEPT_FOR = 180_000
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
  #making = 0
  #cancel: () => void = () => undefined

  constructor(deps: SpareConnectionDeps) {
    this.#deps = deps
  }

  /** Makes it once `ready`, unless there is one, which is then kept for as long as a new one. */
  async prepare(ready: Promise<void>): Promise<void> {
    if (this.#connection) return this.#keep(this.#connection)
    const number = ++this.#making
    // Before the user has answered the browser's question, candidates hide addresses.
    const [servers] = await Promise.all([this.#deps.iceServers.current(), ready])
    if (number === this.#making) this.#keep(this.#deps.createPeerConnection(servers, POOL))
  }

  /** The connection, which is the caller's from now on; undefined if none is ready. */
  take(): RTCPeerConnection | undefined {
    const connection = this.#connection
    this.#forget()
    return connection
  }

  /** Nobody will need it, or the network changed. */
  drop(): void {
    this.take()?.close()
  }

  #keep(connection: RTCPeerConnection): void {
    this.#forget()
    this.#connection = connection
    this.#cancel = this.#deps.clock.after(KEPT_FOR, () => this.drop())
  }

  #forget(): void {
    this.#making++
    this.#cancel()
    this.#connection = undefined
  }
}
