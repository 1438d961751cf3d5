/** Removes what programs do to links on their way: encodings, and what clings to them. */

/** Links are encoded again by each program that does not notice that they are. */
const MAX_ENCODINGS = 3
/** Invisible characters that break words, and the backslash that Markdown escapes with. */
const NOISE = /[\u00AD\u200B-\u200F\u2060\uFEFF\\]/g
/** What statistics append, and the part that Chromium's links to a text have. */
const TRACKING =
  /(?:[?&](?:amp;)?(?:utm_\w+|\w*clid|mc_[ce]id|igsh\w*|_hs\w+|mkt_tok|ref|ref_src|source|si)=|:~:)[^#]*$/
const START = /^[\s'"`*~|“„‘‚«‹<([{]+/
const END = /[\s.,;:!?'"`*~|…”“’‘»›>]$/
const BRACKETS = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
])

/** Undoes percent-encoding, as often as it was done. What is malformed stays. */
export function decode(text: string): string {
  let decoded = text
  for (let times = 0; times < MAX_ENCODINGS; times++) {
    decoded = decoded.replace(/(?:%[\da-f]{2})+/gi, decodeOnce)
  }
  return decoded.replace(NOISE, '')
}

function decodeOnce(escapes: string): string {
  try {
    return decodeURIComponent(escapes)
  } catch {
    return escapes
  }
}

/** A decoded fragment as browsers report it, which is what all clients take for the room. */
export function asFragment(text: string): string {
  return new URL(`#${text}`, 'https://vidchat.invalid').hash.slice(1)
}

/** Removes tracking parameters, and punctuation of the sentence around a link. */
export function trimEnd(text: string): string {
  let rest = text.replace(TRACKING, '')
  while (END.test(rest) || endsWithUnopenedBracket(rest)) rest = rest.slice(0, -1)
  return rest
}

export function trimStart(text: string): string {
  return text.replace(START, '')
}

function endsWithUnopenedBracket(text: string): boolean {
  const opening = BRACKETS.get(text.slice(-1))
  return opening !== undefined && !text.includes(opening)
}
