/** What others do in a call that somebody who looks elsewhere may want to notice. */
import type { Knock } from 'vidchat-kit'
import { t } from '../language/text.ts'

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
  /** The last entry of another's in the chat, and whether it was not seen. */
  written?: { key: number; from: string; isFile: boolean; isUnread: boolean } | undefined
}

/** What happened between two times. Who is there when we come has not joined. */
export function happeningsBetween(before: Scene, after: Scene): Happening[] {
  if (!after.inCall || !before.inCall) return []
  const isIn = (list: readonly { id: string }[], id: string) => list.some((each) => each.id === id)
  const joined = after.people.filter(({ id }) => !isIn(before.people, id))
  const left = before.people.filter(({ id }) => !isIn(after.people, id))
  const knocked = after.knocks.filter(({ id }) => !isIn(before.knocks, id))
  const { written } = after
  const isNews = written?.isUnread && written.key !== before.written?.key
  return [
    ...joined.map(({ label }): Happening => ({
      kind: 'join',
      words: t('notice.joined', { name: label }),
    })),
    ...left.map(({ label }): Happening => ({
      kind: 'leave',
      words: t('notice.left', { name: label }),
    })),
    ...knocked.map(({ name }): Happening => ({ kind: 'knock', words: knockWords(name) })),
    ...(isNews ? [messageOf(written)] : []),
  ]
}

/** Without what was written, which others may see on a locked screen. */
const messageOf = ({ from, isFile }: NonNullable<Scene['written']>): Happening => ({
  kind: 'message',
  words: t(isFile ? 'notice.file' : 'notice.wrote', { name: from }),
})

const knockWords = (name: string) =>
  name ? t('notice.knock', { name }) : t('notice.knock-unnamed')

/** The title of the page: how much was not seen yet, and the last of it; the usual one if nothing. */
export function titleWith(unseen: readonly Happening[], usual: string): string {
  const last = unseen.at(-1)
  return last ? t('notice.title', { count: unseen.length, happening: last.words, usual }) : usual
}
