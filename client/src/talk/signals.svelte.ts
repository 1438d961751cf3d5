/** Raised hands, in their order, and reactions, which go by themselves. */
import type { Clock } from 'vidchat-kit'
import { LAST_PLACE, type Reaction } from './messages.ts'

/** How long a reaction is shown, in ms. */
export const REACTION_TIME = 4000

export class Signals {
  readonly #clock: Clock
  /** Places by id, of those who have raised their hand. */
  #hands = $state.raw<ReadonlyMap<string, number>>(new Map())
  #reactions = $state.raw<ReadonlyMap<string, Reaction>>(new Map())
  readonly #cancels = new Map<string, () => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The ids of those who have raised their hand: the first one first, the same for everyone. */
  get order(): readonly string[] {
    const hands = [...this.#hands]
    return hands
      .sort(([a, first], [b, second]) => first - second || (a < b ? -1 : 1))
      .map(([id]) => id)
  }

  /** The last reactions, by id. */
  get reactions(): ReadonlyMap<string, Reaction> {
    return this.#reactions
  }

  /** The place of a hand that is raised now. */
  get nextPlace(): number {
    return Math.min(Math.max(0, ...this.#hands.values()), LAST_PLACE - 1) + 1
  }

  placeOf(id: string): number {
    return this.#hands.get(id) ?? 0
  }

  /** 0 lowers the hand. */
  setHand(id: string, place: number): void {
    if (this.placeOf(id) === place) return
    const hands = new Map(this.#hands)
    if (place === 0) hands.delete(id)
    else hands.set(id, place)
    this.#hands = hands
  }

  react(id: string, reaction: Reaction): void {
    this.#cancels.get(id)?.()
    this.#reactions = new Map(this.#reactions).set(id, reaction)
    this.#cancels.set(
      id,
      this.#clock.after(REACTION_TIME, () => this.#endReaction(id)),
    )
  }

  /** Somebody left. */
  forget(id: string): void {
    this.setHand(id, 0)
    this.#cancels.get(id)?.()
    this.#endReaction(id)
  }

  end(): void {
    for (const cancel of this.#cancels.values()) cancel()
  }

  #endReaction(id: string): void {
    if (!this.#cancels.delete(id)) return
    const reactions = new Map(this.#reactions)
    reactions.delete(id)
    this.#reactions = reactions
  }
}
