/** The messages between members, as PROTOCOL.md describes them. */
import { readFileMessage, type FileMessage } from '../files/messages.ts'
import type { Limitation } from 'vidchat-kit'
import { shownText } from './text.ts'

export const VERSION = 1

export const REACTIONS = ['👍', '❤️', '😂', '😮', '👏'] as const
export type Reaction = (typeof REACTIONS)[number]

/** The last place in the order of raised hands. */
export const LAST_PLACE = 1_000_000

export type Message =
  /** Our page can talk, takes files of at most so many bytes, and our hand has this place. */
  | { kind: 'hello'; files: number; hand: number }
  /** The `n`th text from this page. */
  | { kind: 'text'; page: string; n: number; text: string }
  /** The `n`th text has arrived. */
  | { kind: 'got'; n: number }
  /** The place of their hand in the order; 0 if it is lowered. */
  | { kind: 'hand'; place: number }
  | { kind: 'reaction'; reaction: Reaction }
  /** What limits the video that they send us. */
  | { kind: 'quality'; limitation: Limitation }
  | { kind: 'file'; message: FileMessage }

const LIMITATIONS: readonly Limitation[] = ['none', 'cpu', 'bandwidth']

/** A page is told from the one before a reload by 16 random bytes in base64url. */
const PAGE = /^[\w-]{22}$/

/** Reads what a member sent; undefined if it is no message of this version, or invalid. */
export function readMessage(data: string): Message | undefined {
  let value: Record<string, unknown>
  try {
    value = Object(JSON.parse(data)) as Record<string, unknown>
  } catch {
    return undefined
  }
  const { talk, files, hand, text, page, n, got, reaction, quality, file } = value
  if (isCount(talk) && talk >= VERSION) {
    return { kind: 'hello', files: isCount(files) ? files : 0, hand: placeOf(hand) ?? 0 }
  }
  if (typeof text === 'string') return readText(text, page, n)
  if (isCount(got)) return { kind: 'got', n: got }
  const place = placeOf(hand)
  if (place !== undefined) return { kind: 'hand', place }
  const known = REACTIONS.find((each) => each === reaction)
  if (known) return { kind: 'reaction', reaction: known }
  const limitation = LIMITATIONS.find((each) => each === quality)
  if (limitation) return { kind: 'quality', limitation }
  const message = file === undefined ? undefined : readFileMessage(value)
  return message && { kind: 'file', message }
}

function readText(value: string, page: unknown, n: unknown): Message | undefined {
  const text = shownText(value)
  if (text === '' || typeof page !== 'string' || !PAGE.test(page)) return undefined
  return isCount(n) && n > 0 ? { kind: 'text', page, n, text } : undefined
}

function placeOf(value: unknown): number | undefined {
  return isCount(value) ? Math.min(value, LAST_PLACE) : undefined
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
