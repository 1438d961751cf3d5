/** Decides when a connection needs an ICE restart. */
import type { Clock } from './clock.ts'
import type { Role } from './peer-options.ts'

/** The media connection as the user sees it. */
export type MediaConnection =
  | 'connecting'
  | 'connected'
  /** It was connected, and ICE looks for another path. */
  | 'reconnecting'
  /** It takes so long that the networks probably forbid it. It is still tried. */
  | 'failing'

export interface RecoveryEvents {
  /** Returns the peer connection's state now. */
  state(): RTCPeerConnectionState
  changed(connection: MediaConnection): void
  restartIce(): void
}

/** How long a connection may be disconnected before an ICE restart, in ms. */
export const DISCONNECTED_TIMEOUT = 4000
/** How long a connection may take before it counts as failing, in ms. */
export const CONNECT_TIMEOUT = 12_000
/** How much longer the answerer waits, so that the offerer restarts first, in ms. */
export const ANSWERER_DELAY = 1000

export class Recovery {
  readonly #clock: Clock
  readonly #events: RecoveryEvents
  readonly #role: Role
  #connection: MediaConnection = 'connecting'
  #cancelRestart: () => void = () => undefined

  constructor(clock: Clock, role: Role, events: RecoveryEvents) {
    this.#clock = clock
    this.#role = role
    this.#events = events
    this.#restartAfter(CONNECT_TIMEOUT, 'failing')
  }

  onStateChange(state: RTCPeerConnectionState): void {
    if (state === 'connected') return this.#onConnected()
    if (state === 'disconnected') return this.#onLost(DISCONNECTED_TIMEOUT)
    if (state === 'failed') return this.#onLost(0)
  }

  /** Restarts ICE now: the network changed, or the user asked to try again. */
  restartNow(): void {
    this.#restart(this.#connection === 'connected' ? 'reconnecting' : 'failing')
  }

  stop(): void {
    this.#cancelRestart()
  }

  #onConnected(): void {
    this.#cancelRestart()
    this.#set('connected')
  }

  #onLost(timeout: number): void {
    if (this.#connection === 'connected') this.#set('reconnecting')
    const delay = this.#role === 'answerer' ? ANSWERER_DELAY : 0
    this.#restartAfter(timeout + delay, this.#connection)
  }

  #restartAfter(delay: number, next: MediaConnection): void {
    this.#cancelRestart()
    this.#cancelRestart = this.#clock.after(delay, () => {
      if (this.#events.state() === 'connected') return this.#onConnected()
      this.#set(next)
      this.#restart('failing')
    })
  }

  /** Restarts ICE, and again until it helps. */
  #restart(next: MediaConnection): void {
    this.#restartAfter(CONNECT_TIMEOUT, next)
    this.#events.restartIce()
  }

  #set(connection: MediaConnection): void {
    if (connection === this.#connection) return
    this.#connection = connection
    this.#events.changed(connection)
  }
}
