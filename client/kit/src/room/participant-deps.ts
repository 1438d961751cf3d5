/** What a participant needs of the call, and what it tells it. */
import type { Clock } from '../rtc/clock.ts'
import type { IceServers } from '../rtc/ice-servers.ts'
import type { MediaState } from '../rtc/media-state.ts'
import type { SpareConnection } from '../rtc/spare-connection.ts'
import type { LocalTracks, Outgoing } from '../rtc/transceivers.ts'
import type { VideoProfile } from '../rtc/video-quality.ts'
import type { Payload } from '../signaling/protocol.ts'
import type { Verification } from '../trust/verification.ts'
import type { Reactive } from './reactive.ts'

/** What a call needs of the local media. */
export interface OutgoingMedia {
  /** Groups the tracks of camera and microphone into one stream. */
  readonly stream: MediaStream
  /** Resolves when the user has answered the browser's permission prompt. */
  ready(): Promise<void>
  tracks(): LocalTracks
  /** The screen that is shared, with its sound; undefined if none is. */
  sharedScreen(): Outgoing | undefined
  mediaState(): MediaState
  /** Captures video for this profile from now on. */
  setVideoProfile(profile: VideoProfile): void
  /** Releases the devices: the call has ended. */
  stop(): void
}

export interface ParticipantDeps {
  reactive: Reactive
  /** Our own id. */
  ownId: string
  /** The name we entered. */
  ownName: string
  createPeerConnection(servers: RTCIceServer[]): RTCPeerConnection
  createStream(): MediaStream
  iceServers: IceServers
  spare: SpareConnection
  clock: Clock
  media: OutgoingMedia
  /** Loads the verification of the call that is joined now. */
  verification(): Promise<Verification>
  /** The number of a new offer: they grow for as long as we are in the call. */
  nextOffer(): number
  videoProfile(): VideoProfile
}

export interface ParticipantEvents {
  send(payload: Payload): void
  /** Something changed that the state of the call depends on, or the verification did. */
  changed(): void
  /** They said something over the data channel that is not about their media. */
  heard(data: string): void
  /** Media is lost, and signaling is needed to restart ICE. */
  mediaLost(): void
  /** Reports whether the server would tell us that they left. */
  hasServer(): boolean
  /** The participant has no seat, and no media arrives. */
  gone(): void
}
