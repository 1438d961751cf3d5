/**
 * Rooms and the links that lead to them.
 *
 * A room is named by the fragment of the call page's address, exactly as the
 * browser reports it (percent-encoded where it was typed otherwise). Every
 * client of the server does the same, so that one link is one room for all.
 */

/** The longest room name the server takes, in bytes of UTF-8. */
export const MAX_ROOM_BYTES = 256

/** The fragment leads to a room, to none yet, or to a name nobody can use. */
export type HashReading =
  { kind: 'room'; room: string } | { kind: 'none' } | { kind: 'unusable'; problem: 'too-long' }

/** Why something typed or pasted does not lead to a room of this server. */
export type InvitationProblem = 'empty' | 'not-a-code' | 'other-server' | 'not-a-call' | 'too-long'

export type InvitationReading =
  { kind: 'room'; room: string } | { kind: 'unusable'; problem: InvitationProblem }

/** A new room's name: 128 random bits in hex. */
export function newRoom(random: Pick<Crypto, 'getRandomValues'>): string {
  const bytes = random.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Reads the fragment of the call page's address, with or without its `#`. */
export function readHash(hash: string): HashReading {
  const room = hash.replace(/^#/, '')
  if (room === '') return { kind: 'none' }
  if (new TextEncoder().encode(room).length > MAX_ROOM_BYTES) {
    return { kind: 'unusable', problem: 'too-long' }
  }
  return { kind: 'room', room }
}

/** The link that leads to a room. */
export function linkTo(room: string, origin: string): string {
  return `${origin}/call/#${room}`
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
