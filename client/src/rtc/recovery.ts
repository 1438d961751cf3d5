/** Decides when a connection must look for a new path (an ICE restart). */
import type { Clock } from './clock.ts'
import type { Role } from './peer.ts'

/** The path for media, in the words of the call. */
export type Path = 'opening' | 'open' | 'interrupted' | 'failing'

export interface RecoveryEvents {
  /** The connection's state now. */
  state(): RTCPeerConnectionState
  path(path: Path): void
  restart(): void
}

/** A path may be gone this long before another one is looked for, in ms. */
export const DISCONNECTED_FOR = 4000
/** A path has this long to open before something is wrong with it, in ms. */
export const OPENS_WITHIN = 12_000
/** The side that answers lets the other one restart first, in ms. */
export const COURTESY = 1000

export class Recovery {
  readonly #clock: Clock
  readonly #events: RecoveryEvents
  readonly #role: Role
  #path: Path = 'opening'
  #cancel: () => void = () => undefined

  constructor(clock: Clock, role: Role, events: RecoveryEvents) {
    this.#clock = clock
    this.#role = role
    this.#events = events
    this.#restartAfter(OPENS_WITHIN, 'failing')
  }

  /** Takes notice of the connection's state. */
  observe(state: RTCPeerConnectionState): void {
    if (state === 'connected') return this.#opened()
    if (state === 'disconnected') return this.#lost(DISCONNECTED_FOR)
    if (state === 'failed') return this.#lost(0)
  }

  /** The network changed, or somebody asks: looks for a new path now. */
  nudge(): void {
    this.#restartNow(this.#path === 'open' ? 'interrupted' : 'failing')
  }

  stop(): void {
    this.#cancel()
  }

  #opened(): void {
    this.#cancel()
    this.#become('open')
  }

  #lost(patience: number): void {
    if (this.#path === 'open') this.#become('interrupted')
    const courtesy = this.#role === 'answers' ? COURTESY : 0
    this.#restartAfter(patience + courtesy, this.#path)
  }

  #restartAfter(delay: number, path: Path): void {
    this.#cancel()
    this.#cancel = this.#clock.after(delay, () => {
      if (this.#events.state() === 'connected') return this.#opened()
      this.#become(path)
      this.#restartNow('failing')
    })
  }

  /** Restarts, and again as long as nothing comes of it. */
  #restartNow(next: Path): void {
    this.#restartAfter(OPENS_WITHIN, next)
    this.#events.restart()
  }

  #become(path: Path): void {
    if (path === this.#path) return
    this.#path = path
    this.#events.path(path)
  }
}
