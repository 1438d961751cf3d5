/** Calls of vidchat, for pages of your own: `joinCall` and `createLink` are enough for most. */
export { CallError, type CallErrorCode } from './api/call-error.ts'
export type { CallParticipant } from './api/call-participant.ts'
export { createLink, type LinkOptions } from './api/create-link.ts'
export { joinCall, type JoinCallOptions } from './api/join-call.ts'
export type { JoinedCall, JoinedCallEvents, RejoinOptions } from './api/joined-call.ts'

// What a page builds on that shows more of a call, as vidchat's own does.
export { browserDeps, type BrowserOptions } from './room/browser-deps.ts'
export type { CallDeps, JoinOptions } from './room/call-deps.ts'
export type { CallEvents } from './room/call-events.ts'
export {
  type CallLink,
  findGenerated,
  fragmentOf,
  type FragmentResult,
  type LinkProblem,
  type LinkResult,
  NEW_PASSWORD_CALL,
  newCallLink,
  type NewCallOptions,
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
  type RoomLockStatus,
  type SeatStatus,
  type SignalingConnection,
  type UnavailableReason,
} from './room/call-state.ts'
export { Call } from './room/call.ts'
export { type InvitationProblem, type InvitationResult, readInvitation } from './room/invitation.ts'
export { decode } from './room/link-text.ts'
export type { OutgoingMedia } from './room/participant-deps.ts'
export type { Participant } from './room/participant.ts'
export { PasswordStore } from './room/password-store.ts'
export type { Reactive } from './room/reactive.ts'
export { EarlySocket } from './signaling/early-socket.ts'
export { MAX_NAME, shownName } from './signaling/names.ts'
export type { Knock } from './signaling/protocol.ts'
export { SeatStore, type StoredSeat } from './signaling/seat-store.ts'
export { connect, type Socket } from './signaling/signaling.ts'
export { openStorage } from './signaling/storage.ts'
export { type Clock, systemClock } from './rtc/clock.ts'
export { hasDataChannel } from './rtc/description.ts'
export { IceServers, type RelayAvailability } from './rtc/ice-servers.ts'
export type { MediaState, PeerMediaState, VideoAmount } from './rtc/media-state.ts'
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
export { isChecked, type VerificationStatus } from './trust/verification.ts'
