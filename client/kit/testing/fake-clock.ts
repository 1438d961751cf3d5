/** A clock that a test moves by hand. */
import type { Clock } from '../src/rtc/clock.ts'

export class FakeClock implements Clock {
  #now = 0
  #timers: { at: number; action: () => void }[] = []

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#now + ms, action }
    this.#timers.push(timer)
    return () => (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  /** Advances the time by `ms`, and runs the timers that are due, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers = this.#timers.filter((other) => other !== due)
      this.#now = due.at
      due.action()
      await settle()
    }
    this.#now = end
  }
}

/** Waits until all promises that wait for nothing else have settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
