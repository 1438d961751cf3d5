import type { PeerConnectionStatus, SeatStatus } from '../room/call-state.ts'
import type { PeerMediaState } from '../rtc/media-state.ts'
import type { VerificationStatus } from '../trust/verification.ts'

/** Another participant of a call. The same object as long as they are in it. */
export interface CallParticipant {
  /** Names their seat: somebody who leaves and comes back may have another one. */
  readonly id: string
  /** What they entered, safe to show; '' if they entered nothing. */
  readonly name: string
  /** Their audio and video, as long as there is a connection. Set it as `srcObject` of a video. */
  readonly stream: MediaStream | undefined
  /** The screen that they share beside their camera, with its sound. */
  readonly screenStream: MediaStream | undefined
  /** Whether they are muted, send video, and share a screen; undefined before they say so. */
  readonly mediaState: PeerMediaState | undefined
  /** Whether media arrive. */
  readonly connection: PeerConnectionStatus
  /** Whether the connection is known to lead to somebody who has the link. */
  readonly verification: VerificationStatus
  /** Whether the server still has a connection to them. Media go on without. */
  readonly seat: SeatStatus
  /** The connection itself, such as for `statsOf`. It is replaced when it breaks: change nothing. */
  readonly rtc: RTCPeerConnection | undefined
  /** How loud they are now, from 0 to 1. */
  audioLevel(): number
}
