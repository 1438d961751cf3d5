/**
 * Where a client waits that is locked out. A restarted server without Redis has forgotten
 * the lock and admits everyone until the participants lock the room again: a client
 * that was waiting must not slip in meanwhile.
 */
import type { Clock } from '../rtc/clock.ts'
import { RELOCK_DELAY } from './room-lock.ts'

/** For so long after a reconnect the room may be unlocked by mistake, in ms. */
const SUSPICION_PERIOD = RELOCK_DELAY + 3000
/** No participant answers a knock as fast as this, in ms: the room was not locked. */
const INSTANT = 1000

export class WaitingRoom {
  readonly #clock: Clock
  readonly #sendKnock: () => void
  /** Whether the server may have been restarted a moment ago. */
  #suspicious = false
  /** Whether an admission was ignored, and we knock again later. */
  #ignoredAdmission = false
  #justKnocked = false
  #cancelSuspicion: () => void = () => undefined
  #cancelJustKnocked: () => void = () => undefined

  constructor(clock: Clock, sendKnock: () => void) {
    this.#clock = clock
    this.#sendKnock = sendKnock
  }

  knock(): void {
    this.#justKnocked = true
    this.#cancelJustKnocked()
    this.#cancelJustKnocked = this.#clock.after(INSTANT, () => (this.#justKnocked = false))
    this.#sendKnock()
  }

  /** The connection to the server was lost and is back; repeats a knock. */
  onReconnect(knocking: boolean): void {
    this.#suspicious = true
    this.#cancelSuspicion()
    this.#cancelSuspicion = this.#clock.after(SUSPICION_PERIOD, () => this.endSuspicion())
    if (knocking) this.knock()
  }

  /** Reports whether to enter after an admission. If not, we knock again later. */
  onAdmitted(): boolean {
    this.#ignoredAdmission = this.#suspicious && this.#justKnocked
    return !this.#ignoredAdmission
  }

  reset(): void {
    this.#cancelSuspicion()
    this.#cancelJustKnocked()
    this.#suspicious = this.#ignoredAdmission = this.#justKnocked = false
  }

  /** The server may be believed: enough time has passed, or it forgets nothing at a restart. */
  endSuspicion(): void {
    this.#cancelSuspicion()
    const ignoredAdmission = this.#ignoredAdmission
    this.#suspicious = this.#ignoredAdmission = false
    if (ignoredAdmission) this.knock()
  }
}
