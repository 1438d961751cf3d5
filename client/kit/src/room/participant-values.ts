/** What can be seen of a participant, and changes. */
import type { PeerMediaState, VideoAmount } from '../rtc/media-state.ts'
import type { VerificationStatus } from '../trust/verification.ts'
import type { PeerConnectionStatus, SeatStatus } from './call-state.ts'

export interface ParticipantValues {
  name: string
  seat: SeatStatus
  connection: PeerConnectionStatus
  verification: VerificationStatus
  /** What arrives of their microphone and camera. */
  stream: MediaStream | undefined
  videoTrack: MediaStreamTrack | undefined
  /** What arrives of their screen, whether they say that they share one or not. */
  screen: MediaStream | undefined
  mediaState: PeerMediaState | undefined
  /** How much of their video we want. */
  wanted: VideoAmount
}

/** Those of a participant that we have no connection to yet. */
export const firstValues = (name: string): ParticipantValues => ({
  name,
  seat: 'online',
  connection: 'none',
  verification: { name: 'pending' },
  stream: undefined,
  videoTrack: undefined,
  screen: undefined,
  mediaState: undefined,
  wanted: 'full',
})
