/** The states a call can be in; everything the views draw follows from one of them. */
import type { Path } from '../rtc/recovery.ts'

/** The connection to the server. Media does not depend on it. */
export type Line = 'up' | 'down' | 'restarting'

/** Why a call cannot even be tried. */
export type Obstacle = 'room-unusable' | 'room-refused' | 'browser-unsupported'

export type CallState =
  /** Nothing is sent yet: camera and microphone are looked at. */
  | { name: 'lobby' }
  /** On the way into the room. */
  | { name: 'entering'; server: 'dialing' | 'unreachable' }
  /** Alone in the room, from the start or since the other one left. */
  | { name: 'waiting'; line: Line; since: 'start' | 'left' }
  /** Somebody is there; media is on its way. */
  | { name: 'connecting'; line: Line; path: Path }
  /** Both see and hear each other. `away`: the server has lost the other one, media has not. */
  | { name: 'talking'; line: Line; path: Path; other: 'here' | 'away' }
  /** Two others are in the room. */
  | { name: 'full' }
  /** We hung up. */
  | { name: 'left' }
  | { name: 'impossible'; obstacle: Obstacle }

export type InCall = Extract<CallState, { line: Line }>

/** Whether we hold a place in the room. */
export function isInCall(state: CallState): state is InCall {
  return state.name === 'waiting' || state.name === 'connecting' || state.name === 'talking'
}
