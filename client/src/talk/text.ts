/** What people write, made safe to show. Nothing in it is interpreted but links. */

/** The longest message, in characters. */
export const MAX_TEXT = 4000
/** More lines are joined, so that one message does not push away all others. */
const MAX_LINES = 100

/** Control characters but tab and line feed, direction overrides, and what is no text. */
const HIDDEN =
  /[\p{Cc}\p{Cs}\p{Co}\u061c\u200b\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu
/** More marks on one letter than languages write. */
const MARKS = /(\p{M}{6})\p{M}+/gu
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** A message as it is sent and shown; '' if nothing of it can be seen. */
export function shownText(value: unknown): string {
  if (typeof value !== 'string') return ''
  // A character has at most two units; and this bounds the work.
  const units = value.slice(0, 4 * MAX_TEXT).replace(/\r\n?/g, '\n')
  const visible = units.replace(HIDDEN, (each) => (each === '\n' || each === '\t' ? each : ''))
  const text = [...visible.replace(MARKS, '$1').trim()].slice(0, MAX_TEXT).join('').trim()
  if (!VISIBLE.test(text)) return ''
  const [lines, more] = [text.replace(/\n{3,}/g, '\n\n').split('\n'), MAX_LINES - 1]
  return [...lines.slice(0, more), ...rest(lines.slice(more))].join('\n')
}

const rest = (lines: string[]) => (lines.length > 0 ? [lines.join(' ')] : [])

/** The number of characters that count. */
export const lengthOf = (text: string) => [...text].length

/** A part of a message; with `href`, it is a link. */
export interface Part {
  text: string
  href?: string
}

const URL_LIKE = /\bhttps?:\/\/[^\s<>"“”]+/giu
/** Punctuation at the end belongs to the sentence. */
const TRAILING = ".,;:!?'’»…"

/** The parts of a message, in order: text, and links to pages. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const { 0: match, index } of text.matchAll(URL_LIKE)) {
    const shown = withoutTrailing(match)
    const href = hrefOf(shown)
    if (!href) continue
    if (index > end) parts.push({ text: text.slice(end, index) })
    parts.push({ text: shown, href })
    end = index + shown.length
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts
}

/** A closing bracket belongs to the link only if it was opened in it. */
function withoutTrailing(url: string): string {
  const trailing = TRAILING + (url.includes('(') ? '' : ')') + (url.includes('[') ? '' : ']')
  let end = url.length
  while (end > 0 && trailing.includes(url.charAt(end - 1))) end--
  return url.slice(0, end)
}

/** Undefined if it is no link to a page, or could pass for one to another: `https://bank@evil`. */
function hrefOf(text: string): string | undefined {
  try {
    const { protocol, username, password, host, href } = new URL(text)
    const isPage = (protocol === 'https:' || protocol === 'http:') && host !== ''
    return isPage && username === '' && password === '' ? href : undefined
  } catch {
    return undefined
  }
}
