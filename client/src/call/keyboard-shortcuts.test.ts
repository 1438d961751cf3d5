import { expect, it } from 'vitest'
import { letterOf } from './keyboard-shortcuts.ts'

it.each([
  ['QWERTY', 'm', 'KeyM', 'm'],
  ['with shift', 'M', 'KeyM', 'm'],
  ['Russian', 'ь', 'KeyM', 'm'],
  ['Russian', 'м', 'KeyV', 'v'],
  ['Greek', 'μ', 'KeyM', 'm'],
  ['Greek', 'Ω', 'KeyV', 'v'],
  ['Hebrew', 'צ', 'KeyM', 'm'],
  ['Arabic', 'ر', 'KeyV', 'v'],
  ['AZERTY, whose M is elsewhere', 'm', 'Semicolon', 'm'],
  ['AZERTY, where a comma is', ',', 'KeyM', ','],
  ['Dvorak', 'k', 'KeyV', 'k'],
])('a key of %s: %s on %s is %s', (_, key, code, letter) => {
  expect(letterOf({ key, code })).toBe(letter)
})
