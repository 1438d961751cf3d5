/** The order of what a participant sends: nothing that it left behind is accepted again. */

/** Reloads of one participant that are remembered. */
const MAX_EPOCHS = 1000

interface Position {
  epoch: string
  /** The number of the last offer. */
  offer: number
  /** The epochs before this one. */
  past: Set<string>
}

/** What was accepted from each participant of a call, by id. */
export class Sequence {
  readonly #positions = new Map<string, Position>()

  /** The epoch of the participant's last message; '' if there was none. */
  epochOf(id: string): string {
    return this.#positions.get(id)?.epoch ?? ''
  }

  /** Reports whether a message in this epoch is not older than those before, and remembers it. */
  accept(id: string, epoch: string): boolean {
    const known = this.#positions.get(id)
    if (!known) this.#positions.set(id, { epoch, offer: 0, past: new Set() })
    if (!known || known.epoch === epoch) return true
    if (known.past.has(epoch) || known.past.size === MAX_EPOCHS) return false
    known.past.add(known.epoch)
    Object.assign(known, { epoch, offer: 0 })
    return true
  }

  /** The same for an offer; one with the number of the last is a repetition. */
  acceptOffer(id: string, epoch: string, offer: number): boolean {
    if (!this.accept(id, epoch)) return false
    const known = this.#positions.get(id)
    if (!known || offer < known.offer) return false
    known.offer = offer
    return true
  }
}
