/** What limits the video that each member sends us, as their pages say. */
import type { Clock, Limitation } from 'vidchat-kit'

/** How long it holds unless it is repeated, in ms. */
export const LIMITATION_TIME = 10_000

export class Limitations {
  readonly #clock: Clock
  readonly #current = new Map<string, { limitation: Limitation; cancel: () => void }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(id: string): Limitation {
    return this.#current.get(id)?.limitation ?? 'none'
  }

  set(id: string, limitation: Limitation): void {
    this.forget(id)
    if (limitation === 'none') return
    const cancel = this.#clock.after(LIMITATION_TIME, () => this.#current.delete(id))
    this.#current.set(id, { limitation, cancel })
  }

  /** Somebody left, or their connection did. */
  forget(id: string): void {
    this.#current.get(id)?.cancel()
    this.#current.delete(id)
  }

  end(): void {
    for (const { cancel } of this.#current.values()) cancel()
  }
}
