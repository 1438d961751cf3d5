/**
 * Rooms and the links that lead to them.
 *
 * A room is named by the fragment of the call page's address, exactly as the
 * browser reports it (percent-encoded where it was typed otherwise). Every
 * client of the server does the same, so that one link is one room for all.
 */

import { base64url, fromBase64url } from '../trust/bytes.ts'

/** The longest room name the server takes, in bytes of UTF-8. */
export const MAX_ROOM_BYTES = 256

/** A room whose name begins so is entered with a password. */
const PASSWORD_PREFIX = 'pw-'
/** A key at the end of a fragment: 128 bits in base64url. */
const KEY = /^(.+),([\w-]{22})$/s

/** Where a link leads: a room of the server, and what the server is not told. */
export interface Address {
  room: string
  /** The key of the call, for links that were made here. */
  key?: Uint8Array | undefined
  /** Whether nobody gets in without a password. */
  password: boolean
}

/** The fragment leads to a room, to none yet, or to a name nobody can use. */
export type HashReading =
  ({ kind: 'room' } & Address) | { kind: 'none' } | { kind: 'unusable'; problem: 'too-long' }

/** Why something typed or pasted does not lead to a room of this server. */
export type InvitationProblem = 'empty' | 'not-a-code' | 'other-server' | 'not-a-call' | 'too-long'

export type InvitationReading =
  ({ kind: 'room' } & Address) | { kind: 'unusable'; problem: InvitationProblem }

/** What a new call is made with. */
export interface NewCall {
  random: Pick<Crypto, 'getRandomValues'>
  password: boolean
  /** Whether browsers give the page what a key is good for. */
  secure: boolean
}

/** A new room's address: 128 random bits for its name in hex, and as many for its key. */
export function newAddress({ random, password, secure }: NewCall): Address {
  const bits = () => random.getRandomValues(new Uint8Array(16))
  const name = Array.from(bits(), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const room = password ? PASSWORD_PREFIX + name : name
  return { room, password, ...(secure ? { key: bits() } : {}) }
}

/** An address as a fragment, without its `#`. */
export function fragmentOf({ room, key }: Address): string {
  return key ? `${room},${base64url(key)}` : room
}

/** Reads the fragment of the call page's address, with or without its `#`. */
export function readHash(hash: string): HashReading {
  const fragment = hash.replace(/^#/, '')
  if (fragment === '') return { kind: 'none' }
  const [, name, key] = KEY.exec(fragment) ?? []
  const room = name ?? fragment
  if (new TextEncoder().encode(room).length > MAX_ROOM_BYTES) {
    return { kind: 'unusable', problem: 'too-long' }
  }
  const password = room.startsWith(PASSWORD_PREFIX)
  return { kind: 'room', room, password, ...(key ? { key: fromBase64url(key) } : {}) }
}

/** The link that leads to a room. */
export function linkTo(address: Address, origin: string): string {
  return `${origin}/call/#${fragmentOf(address)}`
}

/**
 * Reads what somebody pasted to join a call: a link of this server, with or
 * without its scheme, `/call/#code`, `#code` or the bare code.
 */
export function readInvitation(text: string, origin: string): InvitationReading {
  const typed = text.trim()
  if (typed === '') return { kind: 'unusable', problem: 'empty' }
  if (/\s/.test(typed)) return { kind: 'unusable', problem: 'not-a-code' }
  const url = addressOf(typed, origin)
  if (!url) return { kind: 'unusable', problem: 'not-a-code' }
  if (url.host !== new URL(origin).host) return { kind: 'unusable', problem: 'other-server' }
  if (!/^\/call\/?$/.test(url.pathname)) return { kind: 'unusable', problem: 'not-a-call' }
  const reading = readHash(url.hash)
  return reading.kind === 'none' ? { kind: 'unusable', problem: 'not-a-call' } : reading
}

function addressOf(typed: string, origin: string): URL | undefined {
  const base = new URL('/call/', origin)
  try {
    if (/^https?:\/\//i.test(typed)) return new URL(typed)
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(typed)) return undefined
    if (/^[/#]/.test(typed)) return new URL(typed, base)
    if (/[/#?]/.test(typed)) return new URL(`${base.protocol}//${typed}`)
    return new URL(`#${typed}`, base)
  } catch {
    return undefined
  }
}
