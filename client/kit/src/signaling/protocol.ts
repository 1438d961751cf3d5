/**
 * The event protocol between client and server, and the interface that the rest
 * of the client uses. PROTOCOL.md describes the protocol in full.
 */
import { shownName } from './names.ts'

/** Names of the events in the namespace `/`. */
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
} as const satisfies { [Name in keyof ClientEvents | keyof ServerEvents]: Name }

type Ack = (answer: unknown) => void

/** The events that the client sends, with their arguments. */
export interface ClientEvents {
  enter(room: string, options: object, ack: Ack): void
  leave(room: string): void
  lock(locked: boolean): void
  knock(room: string, options: object, ack: Ack): void
  admit(knockId: string): void
  deny(knockId: string): void
  message(details: Payload & { room: string }, to: string): void
}

/** The events that the server sends. Their arguments are checked before use. */
export interface ServerEvents {
  message(details: unknown, from: unknown, number: unknown): void
  join(room: unknown, id: unknown, name: unknown): void
  bye(room: unknown, id: unknown): void
  away(room: unknown, id: unknown): void
  back(room: unknown, id: unknown): void
  locked(room: unknown, locked: unknown): void
  knock(room: unknown, knockId: unknown, name: unknown): void
  unknock(room: unknown, knockId: unknown): void
  admitted(room: unknown): void
  denied(room: unknown): void
  moved(room: unknown): void
  invalid(event: unknown, reason: unknown): void
  restarting(delay: unknown): void
}

/** A session description as it is sent. */
export type Description = { type: 'offer' | 'answer'; sdp: string }

/** A description as a participant sends it. */
export interface DescriptionPayload {
  sdp: Description
  /** The number of the offer, or of the one that is answered; old clients send none. */
  offer?: number | undefined
  /** With a key: what is signed with the description, and the MAC. */
  epoch?: string | undefined
  answers?: string | undefined
  name?: string | undefined
  mac?: string | undefined
}

/** A message from peer to peer. The server relays it unchanged. */
export type Payload =
  | DescriptionPayload
  | { candidate: RTCIceCandidateInit }
  /** The connection was refused: it does not lead to whom the receiver thinks. */
  | { refused: true }

/** Options of `enter`; `Signaling` adds the seat. */
export interface EnterOptions {
  capacity: number
  name: string
  proof: string | undefined
}

/** Another participant as the server describes it. */
export interface PeerInfo {
  id: string
  name: string
  away: boolean
}

/** A request to join a locked room. */
export interface Knock {
  id: string
  name: string
}

/** Our seat in the room, and the state of the room. */
export interface Entry {
  id: string
  peers: PeerInfo[]
  /** Requests to join that are not answered yet. */
  knocks: Knock[]
  locked: boolean
  /** The seat is the one we had before, and no message to it is lost. */
  resumed: boolean
  /** A restart makes the server forget nothing, so `locked` holds. */
  remembers: boolean
  iceServers: unknown
}

/** Why the server refused a seat. */
export type RefusalReason = 'full' | 'denied' | 'locked' | 'invalid' | 'busy'

export interface Refusal {
  reason: RefusalReason
  /** Seconds until it is worth trying again; 0 if it is at once. */
  retryAfter: number
}

/** Events from the server and of the connection to it. */
export interface SignalingEvents {
  /** A connection is open: enter the room on it. */
  connected(): void
  /** The connection is lost. Signaling reconnects by itself. */
  disconnected(): void
  /**
   * A connection attempt failed. Signaling tries again by itself. `refused` is what
   * the server says if it does not serve pages of this origin.
   */
  unreachable(refused?: string): void
  /** We got a seat. */
  entered(entry: Entry): void
  /** We got no seat. */
  refused(refusal: Refusal): void
  /** A participant took a seat, and will send an offer. */
  join(id: string, name: string): void
  /** A participant gave up its seat, or lost it. */
  bye(id: string): void
  /** A participant lost its connection to the server. */
  away(id: string): void
  /** The participant is connected to the server again. */
  back(id: string): void
  /** The room was locked or unlocked. */
  locked(locked: boolean): void
  /** A client asks to join the locked room. */
  knock(id: string, name: string): void
  /** The request is answered or withdrawn. */
  unknock(id: string): void
  /** Answers our own knock: what the server says holds, since it forgets nothing at a restart. */
  remembers(): void
  /** Our own knock was answered. */
  admitted(): void
  denied(): void
  /** Another page uses our seat now. */
  moved(): void
  /** A message from the participant with the id `from`. */
  message(payload: Payload, from: string): void
  /** The server is shutting down. Signaling reconnects by itself. */
  restarting(): void
}

export interface Signaling {
  /** Begins: the connection may be open already. */
  start(): void
  /** Requests a seat: the one we had before, if any. */
  enter(options: EnterOptions): void
  /** Asks to join a locked room. */
  knock(options: EnterOptions): void
  admit(knockId: string): void
  deny(knockId: string): void
  lock(locked: boolean): void
  /** Sends to the participant `to`. Dropped while disconnected: it would be outdated later. */
  send(payload: Payload, to: string): void
  /** Reconnects without waiting, or replaces a connection that no longer answers. */
  reconnectNow(): void
  /** Disconnects as if the network were gone: the server holds the seat for a while. */
  suspend(): void
  /** Leaves the room and disconnects. No handler is called afterwards. */
  close(): void
}

export type OpenSignaling = (room: string, events: SignalingEvents) => Signaling

const SIGNED = ['epoch', 'answers', 'name', 'mac'] as const

/** Reads the first argument of a `message`, which another browser sent. */
export function readPayload(details: unknown): Payload | undefined {
  const { sdp, candidate, refused, offer, ...more } = fieldsOf(details)
  if (isDescription(sdp)) {
    const { type } = sdp
    const signed = SIGNED.flatMap((field) => {
      const value = more[field]
      return typeof value === 'string' ? [[field, value] as const] : []
    })
    const number = Number.isSafeInteger(offer) ? { offer: Number(offer) } : {}
    return { sdp: { type, sdp: sdp.sdp }, ...number, ...Object.fromEntries(signed) }
  }
  // A candidate is one line: no more than that may get into a description.
  const { candidate: line } = fieldsOf(candidate)
  if (typeof line === 'string' && !/\p{Cc}/u.test(line)) return { candidate: candidate as object }
  if (refused === true) return { refused }
  return undefined
}

/** Reads the answer to `enter`. */
export function readAnswer(
  answer: unknown,
): { entry: Entry; seat: string | undefined } | { refusal: Refusal } {
  const { ok, id, seat, peers, knocks, locked, resumed, remembers, iceServers } = fieldsOf(answer)
  if (ok !== true || typeof id !== 'string') return { refusal: readRefusal(answer) }
  return {
    entry: {
      id,
      peers: readAll(peers, readPeer),
      knocks: readAll(knocks, readKnock),
      locked: locked === true,
      resumed: resumed === true,
      remembers: remembers === true,
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
  return typeof id === 'string' ? [{ id, name: shownName(name) }] : []
}

function readPeer(peer: unknown): PeerInfo[] {
  return readKnock(peer).map((known) => ({ ...known, away: fieldsOf(peer)['away'] === true }))
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function isDescription(value: unknown): value is Description {
  const { type, sdp } = fieldsOf(value)
  return (type === 'offer' || type === 'answer') && typeof sdp === 'string'
}

/**
 * What the server says to a page of another origin, from the failed request that
 * comes with an error of socket.io-client; undefined for other errors.
 */
export function readRefusedPage(details: unknown): string | undefined {
  const { context } = (details ?? {}) as { context?: Partial<XMLHttpRequest> }
  if (context?.status !== 403) return undefined
  try {
    const { message } = JSON.parse(context.responseText ?? '') as { message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined // a proxy's own page
  }
}
