/** Formats messages that were compiled from ICU MessageFormat, by the rules of `Intl`. */

/** A text, or its parts. */
export type Message = string | readonly Part[]
/** A text, the number of the plural around it, a value, or a choice by a value. */
export type Part =
  | string
  | 0
  | readonly [argument: string]
  | readonly [argument: string, kind: string, cases: Readonly<Record<string, Message>>]

export type Values = Readonly<Record<string, string | number>>

/** What a message is formatted for: its rules, and which way it is written. */
export interface Locale {
  /** Such as “en-GB”. */
  tag: string
  direction: 'ltr' | 'rtl'
}

/** Hebrew, Arabic and the other letters that are written from right to left. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

export function format(message: Message, values: Values, locale: Locale, count = 0): string {
  if (typeof message === 'string') return message
  return message
    .map((part) => {
      if (typeof part === 'string') return part
      if (part === 0) return numberIn(locale, count)
      const [argument, kind, cases] = part
      const value = values[argument] ?? ''
      if (!kind || !cases) {
        return typeof value === 'number' ? numberIn(locale, value) : isolated(value, locale)
      }
      const chosen = cases[`=${value}`] ?? cases[caseOf(kind, value, locale)] ?? cases['other']
      return format(chosen ?? '', values, locale, typeof value === 'number' ? value : count)
    })
    .join('')
}

function caseOf(kind: string, value: string | number, { tag }: Locale): string {
  if (kind === 'select') return String(value)
  const type = kind === 'plural' ? 'cardinal' : 'ordinal'
  return pluralRules(tag, type).select(Number(value))
}

/** A text of another direction than the sentence around it must not turn that around. */
function isolated(value: string, { direction }: Locale): string {
  return direction === 'rtl' || RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value
}

export const numberIn = ({ tag }: Locale, value: number, options?: Intl.NumberFormatOptions) =>
  new Intl.NumberFormat(tag, options).format(value)

const rules = new Map<string, Intl.PluralRules>()

/** Making them takes longer than asking them. */
function pluralRules(tag: string, type: Intl.PluralRuleType): Intl.PluralRules {
  const key = `${tag} ${type}`
  const known = rules.get(key) ?? new Intl.PluralRules(tag, { type })
  rules.set(key, known)
  return known
}
