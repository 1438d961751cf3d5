import { expect, it } from 'vitest'
import {
  directionOf,
  LANGUAGES,
  languageFor,
  localeFor,
  tagOf,
  type Language,
} from './languages.ts'

it.each<[string[], Language]>([
  [['de-AT', 'en'], 'de'],
  [['sv', 'fr-CA', 'en'], 'fr'],
  [['zh-Hans-CN'], 'zh'],
  [['zh-TW'], 'zh'],
  [['PT-br'], 'pt'],
  [['sv'], 'en'],
  [['constructor'], 'en'],
  [[], 'en'],
])('who wants %j gets %s', (wanted, language) => {
  expect(languageFor(wanted)).toBe(language)
})

it('numbers and times have the forms of the place that the browser names', () => {
  expect(localeFor('en', ['sv', 'en-GB', 'en'])).toBe('en-GB')
  expect(localeFor('de', ['en-US'])).toBe('de')
})

it.each(Object.keys(LANGUAGES) as Language[])('browsers know %s', (language) => {
  const { language: known, script } = new Intl.Locale(tagOf(language)).maximize()
  expect(known).toBe(language)
  expect(directionOf(language)).toBe(script === 'Arab' ? 'rtl' : 'ltr')
  expect(Intl.PluralRules.supportedLocalesOf(tagOf(language))).toEqual([tagOf(language)])
})
