/** The messages about files, which go over the channel of all messages. */

export type FileMessage =
  /** I would send you this file. The name is as it was sent; fileName makes it safe. */
  | { file: 'offer'; id: string; name: unknown; size: number }
  /** Send it, from this byte on. */
  | { file: 'accept'; id: string; from: number }
  /** Its first bytes, so many, are written. */
  | { file: 'written'; id: string; bytes: number }
  /** It has arrived whole, and its hash is right. */
  | { file: 'done'; id: string }
  /** One of us does not want it any more, or cannot go on. */
  | { file: 'cancel'; id: string; reason: CancelReason }

/** What the other is told of the end. */
export type CancelReason = 'declined' | 'cancelled' | 'damaged' | 'failed'

const REASONS: CancelReason[] = ['declined', 'cancelled', 'damaged', 'failed']

/** 16 random bytes in base64url, drawn by the sender. */
const ID = /^[\w-]{22}$/

export function readFileMessage(value: Record<string, unknown>): FileMessage | undefined {
  const { file, id, name, size, from, bytes, reason } = value
  if (typeof id !== 'string' || !ID.test(id)) return undefined
  if (file === 'offer' && isBytes(size)) return { file, id, name, size }
  if (file === 'accept' && isBytes(from)) return { file, id, from }
  if (file === 'written' && isBytes(bytes)) return { file, id, bytes }
  if (file === 'done') return { file, id }
  if (file !== 'cancel') return undefined
  return { file, id, reason: REASONS.find((each) => each === reason) ?? 'failed' }
}

function isBytes(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
