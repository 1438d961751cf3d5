/** Candidates that came before the description they belong to. */

/** Candidates kept of one member; past the limit it is a flood, and dropped. */
export const MAX_EARLY_CANDIDATES = 128
/** Members whose candidates are kept. */
export const MAX_MEMBERS = 4

export class EarlyCandidates {
  readonly #kept = new Map<string, RTCIceCandidateInit[]>()

  keep(candidate: RTCIceCandidateInit, from: string): void {
    const known = this.#kept.get(from)
    if (known) keep(known, candidate)
    else if (this.#kept.size < MAX_MEMBERS) this.#kept.set(from, [candidate])
  }

  /** Those of the member `from`, in order, and forgets them. */
  take(from: string): RTCIceCandidateInit[] {
    const kept = this.#kept.get(from) ?? []
    this.#kept.delete(from)
    return kept
  }

  clear(): void {
    this.#kept.clear()
  }
}

/** Adds to a list that is not to grow without end. */
export function keep(list: RTCIceCandidateInit[], candidate: RTCIceCandidateInit): void {
  if (list.length < MAX_EARLY_CANDIDATES) list.push(candidate)
}
