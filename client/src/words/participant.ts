/** The texts for another participant: name, connection and security. */
import type { PeerConnectionStatus, SeatStatus } from '../room/call-state.ts'
import type { VerificationStatus } from '../trust/verification.ts'
import type { Words } from './media.ts'

/** The name to show for a participant, who may have entered none; `index` counts from 0. */
export function displayName(name: string, index: number, count: number): string {
  if (name !== '') return name
  return count === 1 ? 'The other person' : `Guest ${index + 1}`
}

/** A note on a tile among several; undefined if all is well. */
export function tileWords(seat: SeatStatus, connection: PeerConnectionStatus): string | undefined {
  if (connection === 'none' || connection === 'connecting') return 'Connecting'
  if (connection === 'reconnecting') return 'Reconnecting'
  if (connection === 'failing') return 'Can’t connect'
  if (connection === 'rejected') return undefined
  return seat === 'online' ? undefined : 'Server connection lost'
}

/** A security code in two groups of three digits. */
export function formatCode(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`
}

/**
 * What is known about the security of a connection; undefined if nothing is.
 * Claims no more than a check shows: equal codes prove little, as six digits can
 * be matched by trying many fingerprints, but different codes prove a change.
 */
export function verificationWords(verification: VerificationStatus): Words | undefined {
  switch (verification.name) {
    case 'pending':
    case 'failed':
      return undefined
    case 'verified':
      return {
        title: 'Verified',
        text: 'You both have this call’s key, and it shows that the connection was not changed on the way.',
      }
    case 'code':
      return {
        title: `Code ${formatCode(verification.code)}`,
        text: 'Read it to each other. If your codes differ, someone changed the connection on the way.',
      }
    case 'unavailable':
      return {
        title: 'Not verified',
        text: 'Browsers can verify a connection on https pages only.',
      }
  }
}
