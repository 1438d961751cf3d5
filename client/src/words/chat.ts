/** The texts of the chat: messages, files, raised hands and reactions. */
import type { TransferState } from '../files/transfer.ts'
import type { Author, Entry, TextEntry } from '../talk/entries.ts'
import type { Reaction } from '../talk/messages.ts'
import { listed, numbered, percent, sentences, t } from '../language/text.ts'
import { guestLabel, guestNumbers } from './participant.ts'

export type Labels = ReadonlyMap<string, string>

const REACTIONS = {
  '👍': 'thumbs-up',
  '❤️': 'heart',
  '😂': 'laughing',
  '😮': 'surprised',
  '👏': 'applause',
} as const satisfies Record<Reaction, string>

export const reactionWords = (reaction: Reaction) => t(`reaction.${REACTIONS[reaction]}`)

/** Whoever left still has the name that they had. */
export function authorLabel(labels: Labels, { id, name }: Author): string {
  if (id === undefined) return t('people.you')
  return labels.get(id) ?? (name || guestLabel(guestNumbers([id]).get(id)))
}

/** What became of a text of ours; '' if all is well. */
export function deliveryWords({ to }: TextEntry, labels: Labels): string {
  const whose = (wanted: string) =>
    [...to]
      .filter(([, { delivery }]) => delivery === wanted)
      .map(([id, { name }]) => authorLabel(labels, { id, name }))
  const [left, deaf, sending] = [whose('left'), whose('deaf'), whose('sending')]
  return sentences(
    left.length > 0 ? t('chat.not-delivered', { names: listed(left) }) : '',
    deaf.length > 0 ? t('chat.unread-by', { count: deaf.length, names: listed(deaf) }) : '',
    sending.length > 0 ? sendingWords(to.size > 1 ? sending : []) : '',
  )
}

const sendingWords = (labels: readonly string[]) =>
  labels.length > 0 ? t('chat.sending-to', { names: listed(labels) }) : t('chat.sending')

/** Above the field: who cannot read along. */
export const deafWords = (labels: readonly string[]): string =>
  labels.length > 0 ? t('chat.deaf', { count: labels.length, names: listed(labels) }) : ''

/** 512 bytes, 3.2 MB, 2 GB. */
export function sizeWords(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']
  let [value, unit] = [bytes, 0]
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return numbered(value, {
    style: 'unit',
    unit: units[unit],
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 ? 1 : 0,
  })
}

/** Said before a file is picked. */
export const limitWords = (takes: number): string =>
  takes > 0 ? t('files.limit', { size: sizeWords(takes) }) : t('files.none')

export const tooLargeWords = (labels: readonly string[]): string =>
  labels.length > 0 ? t('files.too-large', { count: labels.length, names: listed(labels) }) : ''

/** The size of a file of ours, and for whom it is too large. */
export const sizeNote = (size: number, tooLarge: readonly string[]): string =>
  sentences(t('page.sentence', { title: sizeWords(size) }), tooLargeWords(tooLarge))

/** How far a transfer is, from 0 to 1. */
export const shareOf = (bytes: number, size: number) => (size === 0 ? 1 : bytes / size)

/** Rounded down: 100 % is all of it. */
const progress = (bytes: number, size: number) =>
  percent(Math.floor(shareOf(bytes, size) * 100) / 100)

interface Progress {
  state: TransferState
  bytes: number
  size: number
}

/** How a file of ours is with one member. */
export function outgoingWords({ state, bytes, size }: Progress, label: string): string {
  return t(`files.out.${state}`, { name: label, percent: progress(bytes, size) })
}

/** How a file that somebody offered us is. */
export function incomingWords({ state, bytes, size }: Progress, hasUrl: boolean): string {
  const which = state === 'done' ? (hasUrl ? 'received' : 'saved') : state
  return t(`files.in.${which}`, { percent: progress(bytes, size), size: sizeWords(size) })
}

export const handWords = (place: number) => t('reaction.hand', { place })

/** What a screen reader says of a new entry of somebody else. */
export function entryAnnouncement(entry: Entry, labels: Labels): string {
  const name = authorLabel(labels, entry.author)
  if (entry.kind === 'text') return t('chat.wrote', { name, text: entry.text.slice(0, 200) })
  if (entry.kind === 'incoming') return t('chat.offered', { name, file: entry.file.name })
  return ''
}

export const reactionAnnouncement = (label: string, reaction: Reaction) =>
  t('page.pair', { name: label, value: reactionWords(reaction) })
