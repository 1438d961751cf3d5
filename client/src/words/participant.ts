/** The texts for another participant: name, connection and security. */
import type { PeerConnectionStatus, SeatStatus, VerificationStatus } from 'vidchat-kit'
import type { Words } from './media.ts'

/** The names to show, by id. Participants without one are numbered, the same for everyone. */
export function labelsOf(
  participants: readonly { id: string; name: string }[],
  ownId: string,
): Map<string, string> {
  const numbers = guestNumbers([ownId, ...participants.map(({ id }) => id)])
  const unnamed = (id: string) =>
    participants.length === 1 ? 'The other person' : `Guest ${numbers.get(id)}`
  return new Map(participants.map(({ id, name }) => [id, name || unnamed(id)]))
}

/** Our own label among several, with the number that others see. */
export function ownLabel(
  name: string,
  participants: readonly { id: string }[],
  ownId: string,
): string {
  if (name !== '') return 'You'
  return `You (Guest ${guestNumbers([ownId, ...participants.map(({ id }) => id)]).get(ownId)})`
}

/**
 * A number from 10 to 99 for each id. It follows from the id, so that everyone sees the
 * same one and it stays when others come and go. If two ids have the same, the second
 * takes the next free one.
 */
export function guestNumbers(ids: readonly string[]): Map<string, number> {
  const numbers = new Map<string, number>()
  const taken = new Set<number>()
  for (const id of [...ids].sort()) {
    let number = hash(id) % 90
    while (taken.has(number)) number = (number + 1) % 90
    taken.add(number)
    numbers.set(id, number + 10)
  }
  return numbers
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  }
  return value
}

/** The label of a tile: a shared screen is named as one. */
export function tileLabel(label: string, screen: boolean, isGroup: boolean): string {
  if (!screen) return label
  return label === 'The other person' && !isGroup ? 'Their screen' : `${label}’s screen`
}

/** A note on a tile among several; undefined if all is well. */
export function tileWords(seat: SeatStatus, connection: PeerConnectionStatus): string | undefined {
  if (connection === 'none' && seat !== 'online') return 'Server connection lost'
  if (connection === 'none' || connection === 'connecting') return 'Connecting'
  if (connection === 'reconnecting') return 'Reconnecting'
  if (connection === 'failing') return 'Can’t connect'
  if (connection === 'rejected') return undefined
  return seat === 'online' ? undefined : 'Server connection lost'
}

/** Why a tile shows no video. */
export function noVideoWords(
  note: string | undefined,
  cameraOff: boolean,
  unwanted = false,
): string {
  if (note || cameraOff) return note ?? 'Their camera is off'
  return unwanted ? 'Not shown, to save data' : 'Waiting for video'
}

/** Reports whether a tile shows the security: if all is well, only the settings do. */
export function isSecurityNotable({ name }: VerificationStatus): boolean {
  return name === 'code' || name === 'unavailable'
}

/** A security code in two groups of three digits. */
export function formatCode(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`
}

/** What is known about the security of a connection; undefined if nothing is. Claims no more. */
export function verificationWords(verification: VerificationStatus): Words | undefined {
  switch (verification.name) {
    case 'pending':
    case 'failed':
      return undefined
    case 'verified':
      return {
        title: 'Verified',
        text: 'You both have this call’s key, and it shows that nobody without it is in between.',
      }
    case 'code':
      return {
        title: `Code ${formatCode(verification.code)}`,
        text: 'Read it to each other. If your codes differ, someone is in between. If they are the same, the chance of that is one in a million. A new connection has a new code.',
      }
    case 'unavailable':
      return { title: 'Not verified', text: UNAVAILABLE[verification.reason] }
  }
}

const UNAVAILABLE = {
  insecure: 'Browsers can verify a connection on https pages only.',
  'no-code': 'The other page shows no code to compare. It may be an old one: reload both pages.',
}
