/** The states of a call. Everything the views show follows from one of them. */
import type { MediaConnection } from '../rtc/recovery.ts'
import type { Knock } from '../signaling/protocol.ts'
import type { CallLink } from './call-link.ts'

/** The connection to the signaling server during a call. Media does not depend on it. */
export type SignalingConnection = 'connected' | 'disconnected' | 'restarting'

/** A participant as the server sees it: connected, disconnected for a while, or without a seat. */
export type SeatStatus = 'online' | 'away' | 'gone'

/** The media connection to a participant: none yet, or rejected because verification failed. */
export type PeerConnectionStatus = 'none' | MediaConnection | 'rejected'

/** `relocking`: the room was locked before the server restarted, and is locked again soon. */
export type RoomLockStatus = 'unlocked' | 'locked' | 'relocking'

/** Why a call cannot even be tried. */
export type UnavailableReason =
  | 'link-too-long'
  | 'link-damaged'
  | 'link-rejected'
  | 'browser-unsupported'
  | 'page-insecure'
  | 'page-incomplete'

export type CallState =
  /** Nothing is sent yet: the user checks camera and microphone. */
  | { name: 'pre-join' }
  /** The same for a password-protected call; after too many guesses, none for `wait` seconds. */
  | { name: 'password'; problem: 'none' | 'wrong'; wait: number }
  /** Connecting to the server and waiting for a seat. `refused`: it does not serve this page. */
  | { name: 'entering'; signaling: 'connecting' | 'unreachable'; refused?: string }
  /** The room is locked; the user can knock. */
  | { name: 'locked' }
  /** We knocked, and nobody has answered yet. */
  | { name: 'knocking' }
  /** Our knock was declined. */
  | { name: 'denied' }
  /** Alone in the room. `lastToLeave` is a name, or undefined if nobody was here before. */
  | { name: 'waiting'; signaling: SignalingConnection; lastToLeave: string | undefined }
  /** A participant is here; media is not connected yet, or rejected. */
  | { name: 'connecting'; signaling: SignalingConnection; media: MediaConnection | 'rejected' }
  /** Media is connected, or was. `away`: the server has lost all others, media has not. */
  | {
      name: 'talking'
      signaling: SignalingConnection
      media: MediaConnection
      others: 'online' | 'away'
    }
  /** The room has no free seat, the server cannot take another room, or too many try to get in. */
  | { name: 'full'; limit: 'seats' | 'rooms' | 'tries' }
  /** The user hung up, or another page took our seat. */
  | { name: 'left'; reason: 'hung-up' | 'moved' }
  | { name: 'unavailable'; reason: UnavailableReason }

/** What can be seen of a call, beside its participants, and changes. */
export interface CallValues {
  link: CallLink
  state: CallState
  knocks: readonly Knock[]
  activeSpeaker: string | undefined
}

/** Before a password is entered. */
export const ASKING: CallState = { name: 'password', problem: 'none', wait: 0 }

/** A room that did not take us. With `retryAfter`, too many are trying, and it may have seats. */
export function refusedState(reason: string, retryAfter: number): CallState {
  if (reason === 'invalid') return { name: 'unavailable', reason: 'link-rejected' }
  const limit = reason !== 'full' ? 'rooms' : retryAfter > 0 ? 'tries' : 'seats'
  return { name: 'full', limit }
}

export type InCallState = Extract<CallState, { name: 'waiting' | 'connecting' | 'talking' }>

/** Reports whether we have a seat in the room. */
export function isInCall(state: CallState): state is InCallState {
  return state.name === 'waiting' || state.name === 'connecting' || state.name === 'talking'
}

/** Reports whether we are in the room or trying to get in, so the server must be told if we leave. */
export function isJoinedOrJoining(state: CallState): boolean {
  return isInCall(state) || ['entering', 'locked', 'knocking'].includes(state.name)
}

/** Reports whether the user has not tried to join yet. */
export function isBeforeJoining(state: CallState): boolean {
  return state.name === 'pre-join' || state.name === 'password'
}
