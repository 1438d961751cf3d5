import { describe, expect, it } from 'vitest'
import { compile } from '../../messages.ts'
import { format, type Locale, type Values } from './format.ts'

const english: Locale = { tag: 'en', direction: 'ltr' }
const arabic: Locale = { tag: 'ar', direction: 'rtl' }
const inEnglish = (message: string, values: Values = {}) =>
  format(compile(message, 'en'), values, english)

describe('a message', () => {
  it.each<[string, Values, string]>([
    ['Hello', {}, 'Hello'],
    ['{name} left.', { name: 'Ann' }, 'Ann left.'],
    ['{count, plural, =0 {none} one {# file} other {# files}}', { count: 0 }, 'none'],
    ['{count, plural, =0 {none} one {# file} other {# files}}', { count: 1 }, '1 file'],
    ['{count, plural, one {# file} other {# files}}', { count: 1234 }, '1,234 files'],
    ['{n, selectordinal, two {#nd} few {#rd} one {#st} other {#th}}', { n: 22 }, '22nd'],
    ['{which, select, a {A {name}} other {B}}', { which: 'a', name: 'x' }, 'A x'],
    ['Links look like /call/#…', {}, 'Links look like /call/#…'],
  ])('%s with %j is %s', (message, values, text) => {
    expect(inEnglish(message, values)).toBe(text)
  })

  it('has the plurals of its language', () => {
    const message = compile(
      '{n, plural, zero {0} one {1} two {2} few {f} many {m} other {o}}',
      'ar',
    )
    const texts = [0, 1, 2, 3, 11, 100].map((n) => format(message, { n }, arabic))
    expect(texts).toEqual(['0', '1', '2', 'f', 'm', 'o'])
  })

  it('keeps a value of another direction apart', () => {
    expect(inEnglish('{name} left.', { name: 'ليلى' })).toBe('\u2068ليلى\u2069 left.')
    expect(format(compile('غادر {name}.', 'ar'), { name: 'Ann' }, arabic)).toBe(
      'غادر \u2068Ann\u2069.',
    )
  })

  it('shows a value as it is, whatever is in it', () => {
    const name = '{count} \\u202E #'
    expect(inEnglish('{name} left.', { name })).toBe(`${name} left.`)
  })

  it('is refused if the language has no such plural', () => {
    expect(() => compile('{n, plural, one {a} other {b}}', 'ja')).toThrow(/not valid/)
  })
})
