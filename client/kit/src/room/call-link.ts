/**
 * Links to calls, and the rooms they name.
 *
 * The fragment of the call page's URL names the room, as the browser reports it.
 * Every client of the server does the same, so that one link is the same room
 * for all of them.
 *
 * Links are read leniently, but nothing of a link that cannot be read may be
 * taken for a room: the room is sent to the server, and a key must not be.
 */
import { base64url, fromBase64url, hex } from '../trust/bytes.ts'
import { asFragment, decode, trimEnd } from './link-text.ts'
import { isKey, isRecognizable, isRoomName, isTooLong } from './room-name.ts'

/** Rooms with this prefix are password-protected. */
const PASSWORD_PREFIX = 'pw-'
/** A link of this client, whatever is around it: a room of 128 bits and a key. */
const GENERATED =
  /(?:^|[^\dA-Za-z-])((?:pw-(?:[\da-f]{32}-)?)?[\da-f]{32})\s*,\s*([\w-]{21}[AQgw])[_-]*(?![\w-])/
/** The name of a room that ends in a hash of its password’s proof. */
const BOUND = /^(pw-[\da-f]{32})-[\da-f]{32}$/
/** A key after another name. */
const NAMED = /^(.+?)\s*,\s*([\w-]{22})$/s

/** What a link contains: the room, and a key that the server never sees. */
export interface CallLink {
  room: string
  /** The call's key, in links made by this client. */
  key?: Uint8Array | undefined
  /** Whether the call is password-protected. */
  password: boolean
  /** Whether the name is completed when someone chooses the password. */
  draft?: boolean
}

/** Why a fragment names no room. */
export type LinkProblem = 'too-long' | 'damaged'

export type LinkResult = ({ kind: 'room' } & CallLink) | { kind: 'invalid'; problem: LinkProblem }

/** A fragment names a room, none, or one that cannot be used. */
export type FragmentResult = LinkResult | { kind: 'none' }

export interface NewCallOptions {
  random: Pick<Crypto, 'getRandomValues'>
  password: boolean
  /** Whether the page is secure: without Web Crypto a key is useless. */
  secure: boolean
}

/**
 * The link of a new call: 128 random bits for the room, in hex, and a key. Without
 * a key the name is a UUID, since hex alone is what a cut link looks like. The link of
 * a password-protected call is a draft.
 */
export function newCallLink({ random, password, secure }: NewCallOptions): CallLink {
  const bits = () => random.getRandomValues(new Uint8Array(16))
  const digits = hex(bits())
  const name = secure ? digits : digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const room = password ? PASSWORD_PREFIX + name : name
  const draft = password ? { draft: true } : {}
  return { room, password, ...draft, ...(secure ? { key: newKey(bits) } : {}) }
}

/** About every fourth key is recognizable, which costs two of its 128 bits. */
function newKey(bits: () => Uint8Array): Uint8Array {
  for (;;) {
    const key = bits()
    if (isRecognizable(base64url(key))) return key
  }
}

/** The fragment of a link, without `#`. */
export function fragmentOf({ room, key }: CallLink): string {
  return key ? `${room},${base64url(key)}` : room
}

/** Reads the fragment of the call page's URL, with or without `#`. */
export function readFragment(hash: string): FragmentResult {
  const fragment = hash.replace(/^#/, '')
  if (fragment === '') return { kind: 'none' }
  const text = decode(fragment)
  return findGenerated(text) ?? readName(trimEnd(text))
}

/** Finds a link of this client in a text, whatever is around it. */
export function findGenerated(text: string): LinkResult | undefined {
  const [, room = '', key = ''] = GENERATED.exec(text) ?? []
  return isKey(key) ? linkTo(room, key) : undefined
}

function readName(text: string): LinkResult {
  const [, before = '', key = ''] = NAMED.exec(text) ?? []
  const keyed = isKey(key)
  const name = keyed ? before : text
  if (!isRoomName(name)) return { kind: 'invalid', problem: 'damaged' }
  return linkTo(asFragment(name), keyed ? key : undefined)
}

function linkTo(room: string, key: string | undefined): LinkResult {
  if (isTooLong(room)) return { kind: 'invalid', problem: 'too-long' }
  const password = room.startsWith(PASSWORD_PREFIX)
  return { kind: 'room', room, password, ...(key ? { key: fromBase64url(key) } : {}) }
}

/** The part of the room’s name before the hash of a proof; undefined in links without one. */
export function passwordPrefix({ room, draft }: CallLink): string | undefined {
  return draft ? room : BOUND.exec(room)?.[1]
}

/** The URL that starts a password-protected call; its link depends on the password. */
export const NEW_PASSWORD_CALL = '/call/?password'

/** Reports whether the query of the call page’s URL asks for such a call. */
export function startsPasswordCall(search: string): boolean {
  return new URLSearchParams(search).has('password')
}

export function urlOf(link: CallLink, origin: string): string {
  return `${origin}/call/#${fragmentOf(link)}`
}

/** Seats of a room that this client named, and of one with any other name. */
export const seatsOf = ({ key, password }: CallLink): number => (key || password ? 8 : 2)
