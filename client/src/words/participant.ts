/** Words for one of the others: what they are called, and how things stand with them. */
import type { Link, Seat } from '../room/participant.svelte.ts'
import type { Trust } from '../trust/verification.ts'
import type { Words } from './media.ts'

/** What somebody is called who may not have said; `position` counts from 0. */
export function nameOf(name: string, position: number, count: number): string {
  if (name !== '') return name
  return count === 1 ? 'The other person' : `Guest ${position + 1}`
}

/** A note on a tile among several; undefined while all is well. */
export function tileWords(seat: Seat, link: Link): string | undefined {
  if (link === 'awaited' || link === 'opening') return 'Connecting'
  if (link === 'interrupted') return 'Reconnecting'
  if (link === 'failing') return 'No way through'
  if (link === 'refused') return undefined
  return seat === 'here' ? undefined : 'Lost the server, the call goes on'
}

/** A code as it is read out: in two groups of three. */
export function spelled(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`
}

/** What is known of the way to somebody; undefined while nothing is. */
export function trustWords(trust: Trust): Words | undefined {
  switch (trust.name) {
    case 'pending':
    case 'failed':
      return undefined
    case 'verified':
      return {
        title: 'Verified',
        text: 'Both of you have the key in the link, and nobody sits between you.',
      }
    case 'code':
      return {
        title: `Code ${spelled(trust.code)}`,
        text: 'Read it to each other: if you both see the same, nobody sits between you.',
      }
    case 'unknowable':
      return {
        title: 'Not verified',
        text: 'Browsers make the code to compare on https pages only.',
      }
  }
}
