/** What is needed to know of another participant, to talk to them. */
import type { VerificationStatus } from 'vidchat-kit'

export interface Member {
  readonly id: string
  /** '' if they entered none. */
  readonly name: string
  readonly verification: VerificationStatus
  readonly connection: string
  /** What they said of their media; every page with a data channel does so at once. */
  readonly mediaState: object | undefined
  /** The peer connection; undefined if there is none, or if it was refused. */
  readonly rtc: RTCPeerConnection | undefined
  /** Sends over the data channel of that connection, once it is open. */
  send(message: object): void
}

export interface Members {
  readonly participants: readonly Member[]
  /** Our own id. */
  readonly ownId: string
}
