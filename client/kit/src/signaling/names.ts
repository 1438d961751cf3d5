/** The names that people enter, made safe to show. */

/** The longest name shown to others, in characters. */
export const MAX_NAME = 64

/** Characters that are not seen, some of which change how others are shown. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
/** Hidden ones that some scripts and emoji need: the joiners, and the emoji style. */
const JOINING = '\u200c\u200d\ufe0f'
/** What they may follow. */
const JOINED = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}\p{Script=Arabic}]/u
/** More marks on one letter than languages write. */
const MARKS = /(\p{M}{3})\p{M}+/gu
/** The braille blank looks like a space. */
const SPACES = /[\s\u2800]+/gu
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
/** They keep the direction of what is between them from the text around it, as <bdi> does. */
const [ISOLATE, END] = ['\u2068', '\u2069']

/**
 * A name as it is shown, announced and put into sentences; '' if nothing of it can be
 * seen. It hides nothing, stays in its line, and does not reorder the text around it.
 */
export function shownName(value: unknown): string {
  if (typeof value !== 'string') return ''
  // Longer texts are not names; and this bounds the work.
  const visible = [...value.slice(0, 4 * MAX_NAME).replace(SPACES, ' ')].reduce(append, '')
  const marked = visible.normalize('NFC').replace(MARKS, '$1')
  const name = [...marked].slice(0, MAX_NAME).join('').replace(SPACES, ' ').trim()
  if (!VISIBLE.test(name)) return ''
  return RIGHT_TO_LEFT.test(name) ? ISOLATE + name + END : name
}

function append(text: string, character: string): string {
  if (!HIDDEN.test(character)) return text + character
  const joins = JOINING.includes(character) && JOINED.test([...text.slice(-2)].at(-1) ?? '')
  return joins ? text + character : text
}
