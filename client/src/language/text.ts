/** The messages that are loaded, and the texts that are made of them. */
import type { Catalog } from './catalog.ts'
import { format, numberIn, type Locale, type Message, type Values } from './format.ts'

export type Key = keyof Catalog
export type Messages = Readonly<Record<string, Message>>

/** The values of all messages that a key may stand for. */
type AllValues<K extends Key> = (K extends Key ? (values: Catalog[K]) => void : never) extends (
  values: infer V,
) => void
  ? V
  : never
type ValuesOf<K extends Key> = keyof AllValues<K> extends never ? [] : [values: AllValues<K>]

let messages: Messages = {}
let locale: Locale = { tag: 'en', direction: 'ltr' }
let onRead: () => void = () => undefined

/** Sets what texts are made of from now on. */
export function setMessages(all: Messages, of: Locale): void {
  messages = all
  locale = of
}

/** `listener` is called whenever a text is read: views are drawn anew if the language changes. */
export function watchReads(listener: () => void): void {
  onRead = listener
}

/** The text of a message; '' until it is loaded. */
export function t<K extends Key>(key: K, ...values: ValuesOf<K>): string {
  onRead()
  return format(messages[key] ?? '', (values[0] ?? {}) as Values, locale)
}

/** “Ann”, “Ann and Bo”, “Ann, Bo, and Cy”. */
export function listed(names: readonly string[]): string {
  onRead()
  return new Intl.ListFormat(locale.tag, { type: 'conjunction' }).format(names)
}

export function numbered(value: number, options?: Intl.NumberFormatOptions): string {
  onRead()
  return numberIn(locale, value, options)
}

/** What stands in this order in every language: a sign between Arabic numerals turns them around. */
export function leftToRight(...parts: string[]): string {
  onRead()
  return parts.join(locale.direction === 'rtl' ? '\u200e' : '')
}

/** `share` is from 0 to 1. */
export const percent = (share: number, maximumFractionDigits = 0): string =>
  numbered(share, { style: 'percent', maximumFractionDigits })

export const milliseconds = (value: number): string =>
  numbered(Math.round(value), { style: 'unit', unit: 'millisecond' })

/** The time of the day, in hours and minutes. */
export function timeOfDay(at: Date): string {
  onRead()
  return new Intl.DateTimeFormat(locale.tag, { hour: 'numeric', minute: '2-digit' }).format(at)
}

/** Whole sentences in a row; some writing systems have no spaces. */
export function sentences(...all: (string | undefined)[]): string {
  onRead()
  const space = /^(?:ja|zh)/.test(locale.tag) ? '' : ' '
  return all.filter(Boolean).join(space)
}
