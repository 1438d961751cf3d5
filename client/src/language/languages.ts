/** The languages of the pages, and which of them a browser asks for. */

/** Each by its own name. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  pt: 'Português',
  tr: 'Türkçe',
  ar: 'العربية',
  hi: 'हिन्दी',
  ja: '日本語',
  zh: '简体中文',
} as const

export type Language = keyof typeof LANGUAGES

export const isLanguage = (name: string | undefined): name is Language =>
  name !== undefined && Object.hasOwn(LANGUAGES, name)

/** The value of `lang`, which says more than our name where browsers need to know. */
export const tagOf = (language: Language): string =>
  ({ zh: 'zh-Hans', pt: 'pt-BR' })[language as string] ?? language

export const directionOf = (language: Language) => (language === 'ar' ? 'rtl' : 'ltr')

/** The first of the languages that the browser wants which we have; English if there is none. */
export function languageFor(wanted: readonly string[]): Language {
  return wanted.map(primary).find(isLanguage) ?? 'en'
}

/** The tag for the forms of numbers and times, such as “en-GB” for English. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => primary(tag) === language) ?? tagOf(language)
}

const primary = (tag: string) => tag.toLowerCase().replace(/[-_].*/, '')
