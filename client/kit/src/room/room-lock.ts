/**
 * The lock of the room. A restarted server without Redis has forgotten it, so the
 * participants lock the room again once they are back.
 */
import type { Clock } from '../rtc/clock.ts'
import type { Entry } from '../signaling/protocol.ts'
import type { RoomLockStatus } from './call-state.ts'
import type { Reactive } from './reactive.ts'

/** How long the others have to come back before the room is locked again, in ms. */
export const RELOCK_DELAY = 12_000

export class RoomLock {
  readonly #clock: Clock
  readonly #send: (locked: boolean) => void
  readonly #shown: { status: RoomLockStatus }
  #cancelRelock: () => void = () => undefined

  /** `send` asks the server to lock or unlock the room. */
  constructor(reactive: Reactive, clock: Clock, send: (locked: boolean) => void) {
    this.#shown = reactive({ status: 'unlocked' })
    this.#clock = clock
    this.#send = send
  }

  get status(): RoomLockStatus {
    return this.#shown.status
  }

  set(locked: boolean): void {
    this.#cancelRelock()
    this.#send(locked)
  }

  /** The server locked or unlocked the room. */
  onChange(locked: boolean): void {
    this.#cancelRelock()
    this.#shown.status = locked ? 'locked' : 'unlocked'
  }

  /**
   * We have a seat in a room that is locked or not. If we come back and it is forgotten that
   * it was locked, the server was restarted: locks it again, after giving `others`
   * participants time to come back.
   */
  onEntered({ locked, resumed, remembers }: Entry, returns: boolean, others: number): void {
    const mayForget = returns && !resumed && !remembers
    const forgotten = mayForget && this.status !== 'unlocked' && !locked
    this.onChange(locked)
    if (!forgotten) return
    this.#shown.status = 'relocking'
    const delay = others > 0 ? RELOCK_DELAY : 0
    this.#cancelRelock = this.#clock.after(delay, () => this.set(true))
  }

  /** Does not wait any longer with locking again: all participants are back. */
  relockNow(): void {
    if (this.status === 'relocking') this.set(true)
  }

  reset(): void {
    this.onChange(false)
  }
}
