/** What screen readers announce when something changes in a call. */
import type { MediaState, PeerConnectionStatus } from 'vidchat-kit'
import { lockWords } from './call.ts'

/** What can be announced about a call, at one time. */
export interface CallSnapshot {
  /** Whether we have a seat. */
  inCall: boolean
  people: readonly PersonSnapshot[]
  locked: boolean
}

export interface PersonSnapshot {
  id: string
  label: string
  connection: PeerConnectionStatus
  media: MediaState | undefined
}

/** A sentence for each change that the state of the call does not announce. */
export function announcementsBetween(before: CallSnapshot, after: CallSnapshot): string[] {
  if (!after.inCall) return []
  return [...rosterChanges(before, after), ...lockChange(before, after)]
}

function rosterChanges(before: CallSnapshot, after: CallSnapshot): string[] {
  if (!before.inCall) return presence(after.people)
  const known = (people: readonly PersonSnapshot[], id: string) =>
    people.find((person) => person.id === id)
  const joined = after.people.filter(({ id }) => !known(before.people, id))
  const left = before.people.filter(({ id }) => !known(after.people, id))
  const isGroup = after.people.length > 1
  return [
    ...joined.map(({ label }) => `${label} joined.`),
    // If nobody is left, the state of the call says so.
    ...(after.people.length > 0 ? left.map(({ label }) => `${label} left.`) : []),
    ...after.people.flatMap((person) => {
      const earlier = known(before.people, person.id)
      if (!earlier) return []
      return [...mediaChanges(earlier, person), ...(isGroup ? lineChanges(earlier, person) : [])]
    }),
  ]
}

function presence(people: readonly PersonSnapshot[]): string[] {
  if (people.length === 0) return []
  const labels = people.map(({ label }) => label)
  return [`${listed(labels)} ${labels.length === 1 ? 'is' : 'are'} in the call.`]
}

function mediaChanges({ media: before }: PersonSnapshot, { label, media }: PersonSnapshot) {
  if (!before || !media) return []
  const changes: string[] = []
  if (media.muted !== before.muted) {
    changes.push(`${label} turned their microphone ${media.muted ? 'off' : 'on'}.`)
  }
  if (media.screen !== before.screen) {
    changes.push(`${label} ${media.screen ? 'is sharing' : 'stopped sharing'} their screen.`)
  } else if (media.camera !== before.camera) {
    changes.push(`${label} turned their camera ${media.camera ? 'on' : 'off'}.`)
  }
  return changes
}

function lineChanges(
  { connection: before }: PersonSnapshot,
  { label, connection }: PersonSnapshot,
): string[] {
  if (connection === before) return []
  if (connection === 'failing') return [`Can’t connect to ${label}.`]
  if (connection === 'reconnecting') return [`Reconnecting to ${label}.`]
  const wasLost = before === 'reconnecting' || before === 'failing'
  return connection === 'connected' && wasLost ? [`Connected to ${label} again.`] : []
}

function lockChange(before: CallSnapshot, after: CallSnapshot): string[] {
  const wasLocked = before.inCall && before.locked
  if (after.locked === wasLocked) return []
  return [after.locked ? lockWords.locked : lockWords.unlocked]
}

/** “Ann”, “Ann and Bo”, “Ann, Bo and Cy”. */
export function listed(labels: readonly string[]): string {
  const last = labels.at(-1) ?? ''
  return labels.length < 2 ? last : `${labels.slice(0, -1).join(', ')} and ${last}`
}
