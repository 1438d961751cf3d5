/** What others do in a call that somebody who looks elsewhere may want to notice. */
import type { Knock } from '../signaling/protocol.ts'
import { knockWords } from '../words/call.ts'

export interface Happening {
  kind: 'join' | 'leave' | 'knock' | 'message'
  /** A short sentence for the title of the page and for notifications. */
  words: string
}

/** What is noticed about a call, at one time. */
export interface Scene {
  /** Whether we have a seat. */
  inCall: boolean
  people: readonly { id: string; label: string }[]
  knocks: readonly Knock[]
}

/** What happened between two times. Who is there when we come has not joined. */
export function happeningsBetween(before: Scene, after: Scene): Happening[] {
  if (!after.inCall || !before.inCall) return []
  const isIn = (list: readonly { id: string }[], id: string) => list.some((each) => each.id === id)
  const joined = after.people.filter(({ id }) => !isIn(before.people, id))
  const left = before.people.filter(({ id }) => !isIn(after.people, id))
  const knocked = after.knocks.filter(({ id }) => !isIn(before.knocks, id))
  return [
    ...joined.map(({ label }): Happening => ({ kind: 'join', words: `${label} joined` })),
    ...left.map(({ label }): Happening => ({ kind: 'leave', words: `${label} left` })),
    ...knocked.map(({ name }): Happening => ({ kind: 'knock', words: sentenceOf(name) })),
  ]
}

const sentenceOf = (name: string) => knockWords(name).replace(/\.$/, '')

/** The title of the page: how much was not seen yet, and the last of it; the usual one if nothing. */
export function titleWith(unseen: readonly Happening[], usual: string): string {
  const last = unseen.at(-1)
  return last ? `(${unseen.length}) ${last.words} · ${usual}` : usual
}

type Listener = (happening: Happening) => void
const listeners = new Set<Listener>()

/** Tells that something happened that the roster does not show, such as a message. */
export function happened(happening: Happening): void {
  for (const listener of listeners) listener(happening)
}

/** Calls the listener for each of these until the returned function is called. */
export function onHappening(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
