/**
 * Links to calls, and the rooms they name.
 *
 * The fragment of the call page's URL names the room, exactly as the browser
 * reports it (percent-encoded if it was typed otherwise). Every client of the
 * server does the same, so that one link is the same room for all of them.
 */
import { base64url, fromBase64url } from '../trust/bytes.ts'

/** The longest room name the server accepts, in bytes of UTF-8. */
export const MAX_ROOM_BYTES = 256

/** Rooms with this prefix are password-protected. */
const PASSWORD_PREFIX = 'pw-'
/** A key at the end of a fragment: 128 bits in base64url. */
const KEY = /^(.+),([\w-]{22})$/s

/** What a link contains: the room, and a key that the server never sees. */
export interface CallLink {
  room: string
  /** The call's key, in links made by this client. */
  key?: Uint8Array | undefined
  /** Whether the call is password-protected. */
  password: boolean
}

/** A fragment names a room, none, or one that cannot be used. */
export type FragmentResult =
  ({ kind: 'room' } & CallLink) | { kind: 'none' } | { kind: 'invalid'; problem: 'too-long' }

/** Why the text someone entered does not lead to a call of this server. */
export type InvitationProblem = 'empty' | 'not-a-code' | 'other-server' | 'not-a-call' | 'too-long'

export type InvitationResult =
  ({ kind: 'room' } & CallLink) | { kind: 'invalid'; problem: InvitationProblem }

export interface NewCallOptions {
  random: Pick<Crypto, 'getRandomValues'>
  password: boolean
  /** Whether the page is secure: without Web Crypto a key is useless. */
  secure: boolean
}

/** The link of a new call: 128 random bits for the room, in hex, and 128 for the key. */
export function newCallLink({ random, password, secure }: NewCallOptions): CallLink {
  const bits = () => random.getRandomValues(new Uint8Array(16))
  const name = Array.from(bits(), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const room = password ? PASSWORD_PREFIX + name : name
  return { room, password, ...(secure ? { key: bits() } : {}) }
}

/** The fragment of a link, without `#`. */
export function fragmentOf({ room, key }: CallLink): string {
  return key ? `${room},${base64url(key)}` : room
}

/** Reads the fragment of the call page's URL, with or without `#`. */
export function readFragment(hash: string): FragmentResult {
  const fragment = hash.replace(/^#/, '')
  if (fragment === '') return { kind: 'none' }
  const [, name, key] = KEY.exec(fragment) ?? []
  const room = name ?? fragment
  if (new TextEncoder().encode(room).length > MAX_ROOM_BYTES) {
    return { kind: 'invalid', problem: 'too-long' }
  }
  const password = room.startsWith(PASSWORD_PREFIX)
  return { kind: 'room', room, password, ...(key ? { key: fromBase64url(key) } : {}) }
}

export function urlOf(link: CallLink, origin: string): string {
  return `${origin}/call/#${fragmentOf(link)}`
}

/**
 * Reads what someone entered to join a call: a link of this server, with or
 * without its scheme, `/call/#code`, `#code` or the code alone.
 */
export function readInvitation(text: string, origin: string): InvitationResult {
  const trimmed = text.trim()
  if (trimmed === '') return { kind: 'invalid', problem: 'empty' }
  if (/\s/.test(trimmed)) return { kind: 'invalid', problem: 'not-a-code' }
  const url = parseUrl(trimmed, origin)
  if (!url) return { kind: 'invalid', problem: 'not-a-code' }
  if (url.host !== new URL(origin).host) return { kind: 'invalid', problem: 'other-server' }
  if (!/^\/call\/?$/.test(url.pathname)) return { kind: 'invalid', problem: 'not-a-call' }
  const result = readFragment(url.hash)
  return result.kind === 'none' ? { kind: 'invalid', problem: 'not-a-call' } : result
}

function parseUrl(text: string, origin: string): URL | undefined {
  const base = new URL('/call/', origin)
  try {
    if (/^https?:\/\//i.test(text)) return new URL(text)
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined
    if (/^[/#]/.test(text)) return new URL(text, base)
    if (/[/#?]/.test(text)) return new URL(`${base.protocol}//${text}`)
    return new URL(`#${text}`, base)
  } catch {
    return undefined
  }
}
