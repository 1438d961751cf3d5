/** What a page builds a call of. */
export type { CallDeps } from './room/call-deps.ts'
export {
  type CallLink,
  findGenerated,
  fragmentOf,
  type FragmentResult,
  type LinkProblem,
  NEW_PASSWORD_CALL,
  newCallLink,
  passwordPrefix,
  readFragment,
  startsPasswordCall,
  urlOf,
} from './room/call-link.ts'
export {
  type CallState,
  type InCallState,
  isBeforeJoining,
  isInCall,
  isJoinedOrJoining,
  type PeerConnectionStatus,
  type SeatStatus,
  type UnavailableReason,
} from './room/call-state.ts'
export type { CallEvents } from './room/call-events.ts'
export { Call } from './room/call.ts'
export { type InvitationProblem, readInvitation } from './room/invitation.ts'
export { decode } from './room/link-text.ts'
export type { Participant } from './room/participant.ts'
export { PasswordStore } from './room/password-store.ts'
export type { Reactive } from './room/reactive.ts'
export { EarlySocket } from './signaling/early-socket.ts'
export { MAX_NAME, shownName } from './signaling/names.ts'
export type { Knock } from './signaling/protocol.ts'
export { SeatStore, type StoredSeat } from './signaling/seat-store.ts'
export { connect, signalingWith } from './signaling/signaling.ts'
export { type Clock, systemClock } from './rtc/clock.ts'
export { hasDataChannel } from './rtc/description.ts'
export { IceServers, type RelayAvailability } from './rtc/ice-servers.ts'
export type { MediaState, VideoAmount } from './rtc/media-state.ts'
export type { MediaConnection } from './rtc/recovery.ts'
export { SpareConnection } from './rtc/spare-connection.ts'
export {
  type ConnectionStats,
  type Limitation,
  type Picture,
  type SentVideo,
  statsOf,
} from './rtc/stats.ts'
export {
  findTransceiver,
  type LocalTracks,
  type MediaKind,
  type Outgoing,
} from './rtc/transceivers.ts'
export type { VideoProfile } from './rtc/video-quality.ts'
export { base64url, hex } from './trust/bytes.ts'
export { loadTrust } from './trust/load.ts'
export type { VerificationStatus } from './trust/verification.ts'
