import { afterAll, expect, it } from 'vitest'
import { showEnglish } from '../testing/english.ts'
import {
  leftToRight,
  listed,
  milliseconds,
  numbered,
  percent,
  sentences,
  setMessages,
  t,
} from './text.ts'

afterAll(showEnglish)

it('lists are read as sentences', () => {
  expect([[], ['Ann'], ['Ann', 'Bo']].map(listed)).toEqual(['', 'Ann', 'Ann and Bo'])
  expect(listed(['Ann', 'Bo', 'Cy'])).toBe('Ann, Bo, and Cy')
})

it('numbers have the form of the language', () => {
  const shown = (tag: string) => {
    setMessages({}, { tag, direction: 'ltr' })
    return [numbered(1234.5), percent(0.031, 1), milliseconds(40.4)]
  }
  expect(shown('de')).toEqual(['1.234,5', '3,1\u00a0%', '40 ms'])
  expect(shown('tr')).toEqual(['1.234,5', '%3,1', '40 msn'])
  expect(shown('en')).toEqual(['1,234.5', '3.1%', '40 ms'])
})

it('what has an order of its own keeps it on pages from right to left', () => {
  setMessages({}, { tag: 'ar', direction: 'rtl' })
  expect(leftToRight('1280', ' × ', '720')).toBe('1280\u200e × \u200e720')
  setMessages({}, { tag: 'de', direction: 'ltr' })
  expect(leftToRight('1280', ' × ', '720')).toBe('1280 × 720')
})

it('sentences are separated where the writing system does that', () => {
  setMessages({}, { tag: 'ja', direction: 'ltr' })
  expect(sentences('はい。', '', undefined, 'いいえ。')).toBe('はい。いいえ。')
  setMessages({}, { tag: 'en-GB', direction: 'ltr' })
  expect(sentences('Yes.', '', undefined, 'No.')).toBe('Yes. No.')
})

it('a message that is not loaded yet is empty', () => {
  setMessages({}, { tag: 'en', direction: 'ltr' })
  expect(t('controls.hang-up')).toBe('')
})
