/** Bounds how much one member makes us keep and show. */

export class Rate {
  readonly #perSecond: number
  readonly #burst: number
  readonly #now: () => number
  #left: number
  #at: number

  constructor(perSecond: number, burst: number, now: () => number) {
    this.#perSecond = perSecond
    this.#burst = this.#left = burst
    this.#now = now
    this.#at = now()
  }

  /** Reports whether one more is within the rate, and counts it. */
  take(): boolean {
    if (!this.has()) return false
    this.#left--
    return true
  }

  /** Reports whether one more is within the rate. */
  has(): boolean {
    const now = this.#now()
    const gained = (Math.max(0, now - this.#at) / 1000) * this.#perSecond
    this.#left = Math.min(this.#burst, this.#left + gained)
    this.#at = now
    return this.#left >= 1
  }
}
