/** What screen readers announce when something changes in a call. */
import type { MediaState, PeerConnectionStatus } from 'vidchat-kit'
import { listed, t } from '../language/text.ts'
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
    ...joined.map(({ label }) => t('announce.joined', { name: label })),
    // If nobody is left, the state of the call says so.
    ...(after.people.length > 0
      ? left.map(({ label }) => t('announce.left', { name: label }))
      : []),
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
  return [t('announce.present', { count: labels.length, names: listed(labels) })]
}

function mediaChanges({ media: before }: PersonSnapshot, { label: name, media }: PersonSnapshot) {
  if (!before || !media) return []
  const changes: string[] = []
  if (media.muted !== before.muted) {
    changes.push(t(`announce.microphone-${media.muted ? 'off' : 'on'}`, { name }))
  }
  if (media.screen !== before.screen) {
    changes.push(t(`announce.screen-${media.screen ? 'on' : 'off'}`, { name }))
  } else if (media.camera !== before.camera) {
    changes.push(t(`announce.camera-${media.camera ? 'on' : 'off'}`, { name }))
  }
  return changes
}

function lineChanges(
  { connection: before }: PersonSnapshot,
  { label: name, connection }: PersonSnapshot,
): string[] {
  if (connection === before) return []
  if (connection === 'failing') return [t('announce.failing', { name })]
  if (connection === 'reconnecting') return [t('announce.reconnecting', { name })]
  const wasLost = before === 'reconnecting' || before === 'failing'
  return connection === 'connected' && wasLost ? [t('announce.connected', { name })] : []
}

function lockChange(before: CallSnapshot, after: CallSnapshot): string[] {
  const wasLocked = before.inCall && before.locked
  if (after.locked === wasLocked) return []
  return [lockWords(after.locked)]
}
