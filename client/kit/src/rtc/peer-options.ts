/** What a peer connection needs, and what it reports. */
import type { Payload } from '../signaling/protocol.ts'
import type { Clock } from './clock.ts'
import type { PeerChannelEvents } from './peer-channel.ts'
import type { PeerMediaEvents, PeerMediaOptions } from './peer-media.ts'

/** Who makes the first offer, and who waits for it. */
export type Role = 'offerer' | 'answerer'

export interface PeerEvents extends PeerChannelEvents, PeerMediaEvents {
  /** Send this to the peer. */
  signal(payload: Payload): void
  /** An offer and its answer are both applied. */
  negotiated(): void
  /** The browser reads another fingerprint in a description than we do. */
  misread(): void
  connectionState(state: RTCPeerConnectionState): void
}

export interface PeerOptions extends PeerMediaOptions {
  role: Role
  /** Whether our offer is rolled back when two collide (perfect negotiation). */
  polite: boolean
  /** Returns a connection that was prepared, or creates one with fresh ICE servers. */
  open: () => RTCPeerConnection | Promise<RTCPeerConnection>
  /** Returns the number of a new offer. */
  nextOffer: () => number
  clock: Clock
  events: PeerEvents
}
