/** The texts for another participant: name, connection and security. */
import type { PeerConnectionStatus, SeatStatus, VerificationStatus } from 'vidchat-kit'
import { t } from '../language/text.ts'
import type { Words } from './media.ts'

/** The names to show, by id. Participants without one are numbered, the same for everyone. */
export function labelsOf(
  participants: readonly { id: string; name: string }[],
  ownId: string,
): Map<string, string> {
  const numbers = guestNumbers([ownId, ...participants.map(({ id }) => id)])
  const unnamed = (id: string) =>
    participants.length === 1 ? t('people.other') : guestLabel(numbers.get(id))
  return new Map(participants.map(({ id, name }) => [id, name || unnamed(id)]))
}

/** Our own label among several, with the number that others see. */
export function ownLabel(
  name: string,
  participants: readonly { id: string }[],
  ownId: string,
): string {
  if (name !== '') return t('people.you')
  const numbers = guestNumbers([ownId, ...participants.map(({ id }) => id)])
  return t('people.you-guest', { number: String(numbers.get(ownId)) })
}

export const guestLabel = (number: number | undefined) =>
  t('people.guest', { number: String(number) })

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
  const isUnnamed = label === t('people.other') && !isGroup
  return isUnnamed ? t('people.their-screen') : t('people.screen', { name: label })
}

/** A note on a tile among several; undefined if all is well. */
export function tileWords(seat: SeatStatus, connection: PeerConnectionStatus): string | undefined {
  if (connection === 'none' && seat !== 'online') return t('tile.server-lost')
  if (connection === 'none' || connection === 'connecting') return t('tile.connecting')
  if (connection === 'reconnecting') return t('tile.reconnecting')
  if (connection === 'failing') return t('tile.failing')
  if (connection === 'rejected') return undefined
  return seat === 'online' ? undefined : t('tile.server-lost')
}

/** Why a tile shows no video. */
export function noVideoWords(
  note: string | undefined,
  cameraOff: boolean,
  unwanted = false,
): string {
  if (note || cameraOff) return note ?? t('tile.camera-off')
  return t(unwanted ? 'tile.unwanted' : 'tile.waiting')
}

/** Reports whether a tile shows the security: if all is well, only the settings do. */
export function isSecurityNotable({ name }: VerificationStatus): boolean {
  return name === 'code' || name === 'unavailable'
}

/** A security code in two groups of three digits. */
function formatCode(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`
}

/** What is known about the security of a connection; undefined if nothing is. Claims no more. */
export function verificationWords(verification: VerificationStatus): Words | undefined {
  switch (verification.name) {
    case 'pending':
    case 'failed':
      return undefined
    case 'verified':
      return { title: t('security.verified.title'), text: t('security.verified.text') }
    case 'code':
      return {
        title: t('security.code.title', { code: formatCode(verification.code) }),
        text: t('security.code.text'),
      }
    case 'unavailable':
      return {
        title: t('security.unavailable.title'),
        text: t(`security.unavailable.${verification.reason}`),
      }
  }
}
