/**
 * Where somebody waits who was locked out. A server that was restarted has
 * forgotten the lock, and opens to everybody until those inside are back: who
 * waited does not slip in.
 */
import type { Clock } from '../rtc/clock.ts'

/** The door of a room; `relocking`: it was locked before the server was restarted. */
export type Door = 'open' | 'locked' | 'relocking'

/** Those inside have this long to come back before the door is locked again, in ms. */
const RELOCK_AFTER = 12_000
/** For so long after we came back ourselves the door may be open by mistake, in ms. */
const DOUBTFUL_FOR = RELOCK_AFTER + 3000
/** A door that opens this soon was not opened by anybody, in ms. */
const AT_ONCE = 1000

/** Locks the door again, once as many others as were inside have had the time to come back. */
export function relock(clock: Clock, others: number, lock: () => void): () => void {
  return clock.after(others > 0 ? RELOCK_AFTER : 0, lock)
}

export class Doorstep {
  readonly #clock: Clock
  readonly #knock: () => void
  #doubtful = false
  #held = false
  #justKnocked = false
  #cancelDoubt: () => void = () => undefined
  #cancelKnocked: () => void = () => undefined

  constructor(clock: Clock, knock: () => void) {
    this.#clock = clock
    this.#knock = knock
  }

  knock(): void {
    this.#justKnocked = true
    this.#cancelKnocked()
    this.#cancelKnocked = this.#clock.after(AT_ONCE, () => (this.#justKnocked = false))
    this.#knock()
  }

  /** We were cut off, and are back; if we had knocked, we do so again. */
  returned(knocking: boolean): void {
    this.#doubtful = true
    this.#cancelDoubt()
    this.#cancelDoubt = this.#clock.after(DOUBTFUL_FOR, () => this.#trust())
    if (knocking) this.knock()
  }

  /** Whether to go in now that the door is open. If not, we knock once more later. */
  opened(): boolean {
    this.#held = this.#doubtful && this.#justKnocked
    return !this.#held
  }

  leave(): void {
    this.#cancelDoubt()
    this.#cancelKnocked()
    this.#doubtful = this.#held = this.#justKnocked = false
  }

  #trust(): void {
    const held = this.#held
    this.#doubtful = this.#held = false
    if (held) this.knock()
  }
}
