/** What a peer connection needs, and what it reports. */
import type { Payload } from '../signaling/protocol.ts'
import type { Clock } from './clock.ts'
import type { PeerChannelEvents } from './peer-channel.ts'
import type { LocalTracks } from './transceivers.ts'

/** Who makes the first offer, and who waits for it. */
export type Role = 'offerer' | 'answerer'

export interface PeerEvents extends PeerChannelEvents {
  /** Send this to the peer. */
  signal(payload: Payload): void
  /** An offer and its answer are both applied. */
  negotiated(): void
  /** The browser reads another fingerprint in a description than we do. */
  misread(): void
  connectionState(state: RTCPeerConnectionState): void
  /** A remote track was added to the stream. */
  track(track: MediaStreamTrack): void
}

export interface PeerOptions {
  role: Role
  /** Whether our offer is rolled back when two collide (perfect negotiation). */
  polite: boolean
  /** Returns a connection that was prepared, or creates one with fresh ICE servers. */
  open: () => RTCPeerConnection | Promise<RTCPeerConnection>
  /** Collects the remote tracks; the same stream for the whole connection. */
  remoteStream: MediaStream
  /** Groups our tracks into one stream at the peer. */
  localStream: MediaStream
  /** Returns our tracks when they are needed. */
  localTracks: () => LocalTracks
  /** Returns the number of a new offer. */
  nextOffer: () => number
  clock: Clock
  events: PeerEvents
}
