/** The states a call can be in; everything the views draw follows from one of them. */
import type { Path } from '../rtc/recovery.ts'

/** The connection to the server. Media does not depend on it. */
export type Line = 'up' | 'down' | 'restarting'

/** Why a call cannot even be tried. */
export type Obstacle = 'room-unusable' | 'room-refused' | 'browser-unsupported' | 'insecure'

export type CallState =
  /** Nothing is sent yet: camera and microphone are looked at. */
  | { name: 'lobby' }
  /** The same, for a call with a password; none can be tried for `wait` seconds. */
  | { name: 'password'; problem: 'none' | 'wrong'; wait: number }
  /** On the way into the room. */
  | { name: 'entering'; server: 'dialing' | 'unreachable' }
  /** The door is locked; one can knock. */
  | { name: 'locked' }
  /** We knocked, and wait to be let in. */
  | { name: 'knocking' }
  /** They did not let us in. */
  | { name: 'denied' }
  /** Alone in the room, from the start or since the others left. */
  | { name: 'waiting'; line: Line; since: 'start' | 'left' }
  /** Somebody is there; media is on its way, or refused as tampered with. */
  | { name: 'connecting'; line: Line; path: Path | 'refused' }
  /** We see and hear somebody. `away`: the server has lost the others, media has not. */
  | { name: 'talking'; line: Line; path: Path; other: 'here' | 'away' }
  /** No seat is free, or the server has no room for another call. */
  | { name: 'full'; of: 'seats' | 'rooms' }
  /** We hung up, or another page took our seat. */
  | { name: 'left'; why: 'hung-up' | 'moved' }
  | { name: 'impossible'; obstacle: Obstacle }

export type InCall = Extract<CallState, { line: Line }>

/** Whether we hold a place in the room. */
export function isInCall(state: CallState): state is InCall {
  return state.name === 'waiting' || state.name === 'connecting' || state.name === 'talking'
}

/** Whether we are, or want to be, in the room: the page is not to be left without a goodbye. */
export function isBound(state: CallState): boolean {
  return isInCall(state) || ['entering', 'locked', 'knocking'].includes(state.name)
}

/** Whether the lobby is shown. */
export function isOutside(state: CallState): boolean {
  return state.name === 'lobby' || state.name === 'password'
}
