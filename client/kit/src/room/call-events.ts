/** What a call tells at once, beside the values that can be seen of it. */
import type { Participant } from './participant.ts'

export interface CallEvents {
  /** We got our seat, for the first time or after we left. `others` were there before. */
  entered(others: number): void
  /** Participants came or went, or a connection to one changed. */
  changed(): void
  /** A participant said something over the data channel that is not about their media. */
  heard(participant: Participant, data: string): void
  /** We are not in the call any more, and the connections are about to be closed. */
  ended(): void
}
