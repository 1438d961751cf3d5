/**
 * The event protocol between this client and the server, and the interface the
 * rest of the client sees of it. PROTOCOL.md tells the whole story.
 */

/** Names of the events on the namespace `/`. */
export const EVENTS = {
  createOrJoin: 'create or join',
  message: 'message',
  created: 'created',
  join: 'join',
  joined: 'joined',
  full: 'full',
  bye: 'bye',
  invalid: 'invalid',
  restarting: 'restarting',
} as const

/** A session description as it travels. */
export type Description = { type: 'offer' | 'answer'; sdp: string }

/** What one peer tells the other; the server adds nothing to it. */
export type Payload = { sdp: Description } | { candidate: RTCIceCandidateInit }

/** A payload as it travels: with the room it is meant for. */
export type Details = Payload & { room: string }

/**
 * What the server tells. Every handler may be called again after a reconnect:
 * the room is entered anew on each connection.
 */
export interface SignalingEvents {
  /** The connection stands and `create or join` was sent. */
  online(): void
  /** The connection is lost; another is being attempted. */
  offline(): void
  /** A connection attempt failed; the next one follows by itself. */
  unreachable(): void
  /** We are the first in the room. */
  created(): void
  /** Somebody is there already, and waits for our offer. */
  joined(): void
  /** Somebody enters, and will make an offer. */
  join(): void
  /** There is no place left. */
  full(): void
  /** A member left; `id` is its public id, where the server tells it. */
  bye(id: string | undefined): void
  /** A payload of the member with the public id `from` ('' if not told). */
  message(payload: Payload, from: string): void
  /** The server cannot use what we sent. */
  invalid(reason: string): void
  /** The server goes down; a connection is attempted again by itself. */
  restarting(): void
}

export interface Signaling {
  /** Sends to the other members. Dropped while offline: what is late by then is wrong. */
  send(payload: Payload): void
  /** Asks for the room again, e.g. after `full`. */
  enter(): void
  /** Leaves the room and the server. No handler is called afterwards. */
  close(): void
}

export type OpenSignaling = (room: string, events: SignalingEvents) => Signaling

/** Reads a `message`'s first argument, which another browser made. */
export function readPayload(details: unknown): Payload | undefined {
  if (typeof details !== 'object' || details === null) return undefined
  const { sdp, candidate } = details as { sdp?: unknown; candidate?: unknown }
  if (isDescription(sdp)) return { sdp: { type: sdp.type, sdp: sdp.sdp } }
  if (typeof candidate === 'object' && candidate !== null) return { candidate }
  return undefined
}

function isDescription(value: unknown): value is Description {
  if (typeof value !== 'object' || value === null) return false
  const { type, sdp } = value as { type?: unknown; sdp?: unknown }
  return (type === 'offer' || type === 'answer') && typeof sdp === 'string'
}
