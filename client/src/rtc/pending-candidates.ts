/** Candidates that came before the description they belong to. */

/** Candidates kept of one member; past the limit it is a flood, and dropped. */
export const MAX_EARLY_CANDIDATES = 128

/** Adds to a list that is not to grow without end. */
export function keep(list: RTCIceCandidateInit[], candidate: RTCIceCandidateInit): void {
  if (list.length < MAX_EARLY_CANDIDATES) list.push(candidate)
}
