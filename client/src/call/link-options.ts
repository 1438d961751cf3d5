/**
 * Options in the query of a link to a call: `?name=Ann&mic=off&cam=off`, or `?audio` for a
 * call without pictures. They are taken out of the address bar, so that nobody passes them on.
 */
import type { Preferences } from '../media/preferences.ts'
import { shownName } from 'vidchat-kit'

const OPTIONS = ['name', 'mic', 'cam', 'audio']

export interface LinkOptions {
  /** The name to suggest; undefined if the link has none. */
  name: string | undefined
  microphone: boolean | undefined
  camera: boolean | undefined
}

export function readLinkOptions(search: string): LinkOptions {
  const query = new URLSearchParams(search)
  const name = shownName(query.get('name') ?? '')
  const wanted = (option: string) => ({ on: true, off: false })[query.get(option) ?? '']
  return {
    name: name === '' ? undefined : name,
    microphone: wanted('mic'),
    camera: wanted('cam') ?? (query.has('audio') ? false : undefined),
  }
}

/** The query without these options, with its question mark; '' if nothing is left. */
export function withoutLinkOptions(search: string): string {
  const kept = search
    .replace(/^\?/, '')
    .split('&')
    .filter((part) => part !== '' && !OPTIONS.includes(part.replace(/=.*/s, '')))
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

/** Applies the options, which hold for this tab, and takes them out of the address bar. */
export function applyLinkOptions(
  { search, hash }: Pick<Location, 'search' | 'hash'>,
  history: Pick<History, 'replaceState'>,
  preferences: Preferences,
): void {
  const kept = withoutLinkOptions(search)
  if (kept === search) return
  const { name, microphone, camera } = readLinkOptions(search)
  if (name !== undefined) preferences.suggestedName = name
  if (microphone !== undefined) preferences.setWanted('audio', microphone)
  if (camera !== undefined) preferences.setWanted('video', camera)
  history.replaceState(null, '', `/call/${kept}${hash}`)
}
