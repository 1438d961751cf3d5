/** The kinds of entries in the log of a call. */
import type { IncomingFile } from '../files/incoming.svelte.ts'
import type { OutgoingFile } from '../files/outgoing.svelte.ts'

/** Where a text of ours is with one member. `deaf`: their page cannot read it. */
export type Delivery = 'sending' | 'delivered' | 'left' | 'deaf'

/** Who wrote it; the id is undefined for ourselves. */
export interface Author {
  id: string | undefined
  /** The name that they had then. */
  name: string
}

interface Common {
  key: number
  author: Author
  at: Date
}

export interface TextEntry extends Common {
  kind: 'text'
  text: string
  /** Of our own: by the ids of those who were there. */
  to: ReadonlyMap<string, { name: string; delivery: Delivery }>
}

/** A file that somebody offers us. */
export interface IncomingEntry extends Common {
  kind: 'incoming'
  file: IncomingFile
}

/** A file of ours, with a transfer to each member. */
export interface OutgoingEntry extends Common {
  kind: 'outgoing'
  name: string
  size: number
  transfers: readonly OutgoingFile[]
  /** The names of those whose browsers do not take a file of this size, or none at all. */
  tooLarge: readonly { id: string; name: string }[]
}

export type Entry = TextEntry | IncomingEntry | OutgoingEntry
