/**
 * The event protocol between this client and the server, and the interface the
 * rest of the client sees of it. PROTOCOL.md tells the whole story.
 */

/** Names of the events on the namespace `/`. */
export const EVENTS = {
  enter: 'enter',
  leave: 'leave',
  lock: 'lock',
  knock: 'knock',
  unknock: 'unknock',
  admit: 'admit',
  deny: 'deny',
  admitted: 'admitted',
  denied: 'denied',
  message: 'message',
  join: 'join',
  bye: 'bye',
  away: 'away',
  back: 'back',
  locked: 'locked',
  moved: 'moved',
  invalid: 'invalid',
  restarting: 'restarting',
} as const

/** The longest name that others are shown, in characters. */
export const MAX_NAME = 64

/** A session description as it travels. */
export type Description = { type: 'offer' | 'answer'; sdp: string }

/** What one peer tells the other; the server adds nothing to it. */
export type Payload =
  | { sdp: Description; mac?: string | undefined }
  | { candidate: RTCIceCandidateInit }
  /** The description that came was not what its sender had sealed. */
  | { refused: true }

/** What we ask for when we enter; the seat is added by `Signaling`. */
export interface Wish {
  capacity: number
  name: string
  proof: string | undefined
}

/** Another member, as the server tells it. */
export interface Occupant {
  id: string
  name: string
  away: boolean
}

/** Somebody who waits at the locked door. */
export interface Knock {
  id: string
  name: string
}

/** Our place in the room. */
export interface Entry {
  id: string
  peers: Occupant[]
  /** Who waits at the door. */
  knocks: Knock[]
  locked: boolean
  /** The seat is the one we had, and nothing sent to it is lost. */
  resumed: boolean
  iceServers: unknown
}

/** Why the server does not let us in. */
export type RefusalReason = 'full' | 'denied' | 'locked' | 'invalid' | 'busy'

export interface Refusal {
  reason: RefusalReason
  /** Seconds for which asking again is in vain; 0 if it is not. */
  retryAfter: number
}

/** What the server tells. */
export interface SignalingEvents {
  /** A connection stands: the room has to be entered on it. */
  online(): void
  /** The connection is lost; another is being attempted. */
  offline(): void
  /** A connection attempt failed; the next one follows by itself. */
  unreachable(): void
  /** We have a seat. */
  entered(entry: Entry): void
  /** We have none. */
  refused(refusal: Refusal): void
  /** Somebody takes a seat, and will make an offer. */
  join(id: string, name: string): void
  /** A member gave up its seat, or lost it. */
  bye(id: string): void
  /** A member lost its connection to the server, and has it again. */
  away(id: string): void
  back(id: string): void
  /** The door was locked, or opened. */
  locked(locked: boolean): void
  /** Somebody waits at the locked door, and does so no more. */
  knock(id: string, name: string): void
  unknock(id: string): void
  /** Our own knock was answered. */
  admitted(): void
  denied(): void
  /** Our seat is used by another page. */
  moved(): void
  /** A payload of the member with the id `from`. */
  message(payload: Payload, from: string): void
  /** The server goes down; a connection is attempted again by itself. */
  restarting(): void
}

export interface Signaling {
  /** Asks for a seat: the one held before, where there is one. */
  enter(wish: Wish): void
  /** Asks those inside to be let in. */
  knock(wish: Wish): void
  admit(knock: string): void
  deny(knock: string): void
  lock(locked: boolean): void
  /** Sends to the member `to`. Dropped while offline: what is late by then is wrong. */
  send(payload: Payload, to: string): void
  /** The network may be back: dials now. */
  hurry(): void
  /** Leaves the room and the server. No handler is called afterwards. */
  close(): void
}

export type OpenSignaling = (room: string, events: SignalingEvents) => Signaling

/** Reads a `message`'s first argument, which another browser made. */
export function readPayload(details: unknown): Payload | undefined {
  const { sdp, candidate, mac, refused } = fieldsOf(details)
  if (isDescription(sdp)) {
    const description = { type: sdp.type, sdp: sdp.sdp }
    return typeof mac === 'string' ? { sdp: description, mac } : { sdp: description }
  }
  if (typeof candidate === 'object' && candidate !== null) return { candidate }
  if (refused === true) return { refused }
  return undefined
}

/** Reads the answer to `enter`. */
export function readAnswer(
  answer: unknown,
): { entry: Entry; seat: string | undefined } | { refusal: Refusal } {
  const { ok, id, seat, peers, knocks, locked, resumed, iceServers } = fieldsOf(answer)
  if (ok !== true || typeof id !== 'string') return { refusal: readRefusal(answer) }
  return {
    entry: {
      id,
      peers: readAll(peers, readOccupant),
      knocks: readAll(knocks, readKnock),
      locked: locked === true,
      resumed: resumed === true,
      iceServers,
    },
    seat: typeof seat === 'string' ? seat : undefined,
  }
}

export function readRefusal(answer: unknown): Refusal {
  const { error, retryAfter } = fieldsOf(answer)
  const seconds = typeof retryAfter === 'number' && retryAfter > 0 ? retryAfter : 0
  return { reason: isReason(error) ? error : 'invalid', retryAfter: seconds }
}

function isReason(error: unknown): error is RefusalReason {
  return ['full', 'denied', 'locked', 'invalid', 'busy'].includes(String(error))
}

function readAll<Item>(list: unknown, read: (item: unknown) => Item[]): Item[] {
  return Array.isArray(list) ? list.flatMap(read) : []
}

function readKnock(knock: unknown): Knock[] {
  const { id, name } = fieldsOf(knock)
  return typeof id === 'string' ? [{ id, name: String(name ?? '') }] : []
}

function readOccupant(peer: unknown): Occupant[] {
  return readKnock(peer).map((known) => ({ ...known, away: fieldsOf(peer)['away'] === true }))
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isDescription(value: unknown): value is Description {
  const { type, sdp } = fieldsOf(value)
  return (type === 'offer' || type === 'answer') && typeof sdp === 'string'
}
