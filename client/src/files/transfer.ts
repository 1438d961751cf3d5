/** What both ends of a transfer share. */
import type { FileMessage } from './messages.ts'

/** A member, as far as files are concerned. */
export interface FilePeer {
  readonly id: string
  readonly name: string
  /** The connection, if we may talk over it. */
  readonly rtc: RTCPeerConnection | undefined
  /** Says something, if we may. */
  say(message: FileMessage): void
}

/** How a transfer ended. */
export type Ending = 'done' | 'declined' | 'cancelled' | 'damaged' | 'failed' | 'left'

/** `paused`: it goes on over the next connection, from where it was. */
export type TransferState = 'offered' | 'moving' | 'paused' | Ending

/** The bytes that may be on their way: sent, and not confirmed to be written. */
export const WINDOW = 16 * 1024 ** 2

export const channelLabel = (id: string) => `file:${id}`

export function hasEnded(state: TransferState): boolean {
  return state !== 'offered' && state !== 'moving' && state !== 'paused'
}
