/** The texts of the chat: messages, files, raised hands and reactions. */
import type { TransferState } from '../files/transfer.ts'
import type { Author, Entry, TextEntry } from '../talk/entries.ts'
import type { Reaction } from '../talk/messages.ts'
import { listed } from './announcements.ts'
import { guestNumbers } from './participant.ts'

export type Labels = ReadonlyMap<string, string>

export const reactionWords: Record<Reaction, string> = {
  '👍': 'Thumbs up',
  '❤️': 'Heart',
  '😂': 'Laughing',
  '😮': 'Surprised',
  '👏': 'Applause',
}

export const lateWords = 'Messages from before you joined aren’t shown.'
export const shortenedWords = 'Older messages are no longer kept.'
export const emptyWords =
  'Messages go directly to everyone in the call, and are gone when you leave.'
export const nobodyWords = 'Nobody else is here.'

/** Whoever left still has the name that they had. */
export function authorLabel(labels: Labels, { id, name }: Author): string {
  if (id === undefined) return 'You'
  return labels.get(id) ?? (name || `Guest ${guestNumbers([id]).get(id)}`)
}

/** What became of a text of ours; '' if all is well. */
export function deliveryWords({ to }: TextEntry, labels: Labels): string {
  const whose = (wanted: string) =>
    [...to]
      .filter(([, { delivery }]) => delivery === wanted)
      .map(([id, { name }]) => authorLabel(labels, { id, name }))
  const [left, deaf, sending] = [whose('left'), whose('deaf'), whose('sending')]
  return [
    left.length > 0 ? `Not delivered to ${listed(left)}.` : '',
    deaf.length > 0 ? `${listed(deaf)} can’t read it.` : '',
    sending.length > 0 ? `Sending${to.size > 1 ? ` to ${listed(sending)}` : ''}…` : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** Above the field: who cannot read along. */
export function deafWords(labels: readonly string[]): string {
  return labels.length > 0 ? `${listed(labels)} can’t read the chat: their page is too old.` : ''
}

export const floodWords = (label: string) =>
  `${label} writes too much at once. Some messages aren’t shown.`

/** On the tile of somebody with an old page. */
export const deafTag = 'Can’t read the chat'

/** 512 bytes, 3.2 MB, 2 GB. */
export function sizeWords(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB']
  let [value, unit] = [bytes, 0]
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const shown = unit > 0 && value < 10 ? Math.round(value * 10) / 10 : Math.round(value)
  return `${shown} ${units[unit]}`
}

/** Said before a file is picked. */
export function limitWords(takes: number): string {
  return takes > 0 ? `Files up to ${sizeWords(takes)}` : 'No files can be sent now'
}

export function tooLargeWords(labels: readonly string[]): string {
  return labels.length > 0 ? `Too large for ${listed(labels)}’s browser.` : ''
}

/** How far a transfer is, from 0 to 1. */
export const shareOf = (bytes: number, size: number) => (size === 0 ? 1 : bytes / size)

const percent = (bytes: number, size: number) => `${Math.floor(shareOf(bytes, size) * 100)} %`

interface Progress {
  state: TransferState
  bytes: number
  size: number
}

/** How a file of ours is with one member. */
export function outgoingWords({ state, bytes, size }: Progress, label: string): string {
  switch (state) {
    case 'offered':
      return `Waiting for ${label} to accept`
    case 'moving':
      return `Sending to ${label}: ${percent(bytes, size)}`
    case 'paused':
      return `Waiting for the connection to ${label}: ${percent(bytes, size)}`
    case 'done':
      return `${label} has it`
    case 'declined':
      return `${label} declined`
    case 'cancelled':
      return `Cancelled for ${label}`
    case 'damaged':
      return `It arrived damaged at ${label}. Send it again.`
    case 'failed':
      return `Could not be sent to ${label}`
    case 'left':
      return `${label} left before it was sent`
  }
}

/** How a file that somebody offered us is. */
export function incomingWords({ state, bytes, size }: Progress, hasUrl: boolean): string {
  switch (state) {
    case 'offered':
      return `${sizeWords(size)}. Accept only what you expect.`
    case 'moving':
      return `${percent(bytes, size)} of ${sizeWords(size)}`
    case 'paused':
      return `Waiting for the connection: ${percent(bytes, size)} of ${sizeWords(size)}`
    case 'done':
      return hasUrl ? `Received, ${sizeWords(size)}` : `Saved, ${sizeWords(size)}`
    case 'declined':
      return 'Declined'
    case 'cancelled':
      return 'Cancelled'
    case 'damaged':
      return 'It arrived damaged, and was not saved.'
    case 'failed':
      return 'It could not be received.'
    case 'left':
      return 'The sender left before it arrived.'
  }
}

/** ‘1st’, for the order of raised hands. */
export function ordinal(place: number): string {
  const rest = place % 100
  const ending = ['th', 'st', 'nd', 'rd'][rest > 10 && rest < 14 ? 0 : place % 10] ?? 'th'
  return `${place}${ending}`
}

export const handWords = (place: number) => `Raised hand, ${ordinal(place)} in order`

/** What a screen reader says of a new entry of somebody else. */
export function entryAnnouncement(entry: Entry, labels: Labels): string {
  const label = authorLabel(labels, entry.author)
  if (entry.kind === 'text') return `${label}: ${entry.text.slice(0, 200)}`
  if (entry.kind === 'incoming') {
    return `${label} offers you the file ${entry.file.name}. Open the chat to accept it.`
  }
  return ''
}

export const handAnnouncement = (label: string) => `${label} raised their hand.`
export const reactionAnnouncement = (label: string, reaction: Reaction) =>
  `${label}: ${reactionWords[reaction]}`
