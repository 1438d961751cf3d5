/** What someone pastes to join a call: a link, a code, or the message it came in. */
import { findGenerated, readFragment, type CallLink, type LinkProblem } from './call-link.ts'
import { decode, trimEnd, trimStart } from './link-text.ts'

/** Why the text someone entered does not lead to a call of this server. */
export type InvitationProblem = 'empty' | 'not-a-code' | 'other-server' | 'not-a-call' | LinkProblem

export type InvitationResult =
  ({ kind: 'room' } & CallLink) | { kind: 'invalid'; problem: InvitationProblem }

const invalid = (problem: InvitationProblem): InvitationResult => ({ kind: 'invalid', problem })

/**
 * Reads what someone entered to join a call: a link of this server, with or
 * without its scheme, `/call/#code`, `#code` or the code alone. A link is also
 * found in the text around it, and in a link of a program that counts clicks.
 */
export function readInvitation(text: string, origin: string): InvitationResult {
  const words = wordsOf(text)
  if (words.length === 0) return invalid('empty')
  const host = new URL(origin).host
  const urls = words.filter((word) => /^https?:\/\//i.test(word)).map((word) => parse(word, origin))
  const url = urls.find((url) => url?.host === host) ?? urls[0] ?? parse(codeIn(words), origin)
  if (!url) return invalid('not-a-code')
  if (url.host !== host) return invalid('other-server')
  return readUrl(url)
}

/** The words of a text without the punctuation around them; links in links are words, too. */
function wordsOf(text: string): string[] {
  const parts = text.split(/\s+/).flatMap((word) => decode(word).split(/(?=https?:\/\/)/i))
  return parts.map((part) => trimStart(trimEnd(part))).filter((part) => part !== '')
}

/** The word that leads to a call, or the only one. */
function codeIn(words: string[]): string {
  const found = words.find((word) => /\/call\/?#/i.test(word) || findGenerated(word))
  return found ?? (words.length === 1 ? (words[0] ?? '') : '')
}

function readUrl({ pathname, search, hash }: URL): InvitationResult {
  const found = findGenerated(decode(pathname + search + hash))
  if (found) return found
  if (!/^\/call\/?$/i.test(pathname)) return invalid('not-a-call')
  const result = readFragment(hash)
  return result.kind === 'none' ? invalid('not-a-call') : result
}

function parse(text: string, origin: string): URL | undefined {
  const base = new URL('/call/', origin)
  try {
    if (text === '') return undefined
    if (/^https?:\/\//i.test(text)) return new URL(text)
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined
    if (/^[/#]/.test(text)) return new URL(text, base)
    if (/[/#]/.test(text)) return new URL(`${base.protocol}//${text}`)
    return new URL(`#${text}`, base)
  } catch {
    return undefined
  }
}
