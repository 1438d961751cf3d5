import { expect, it } from 'vitest'
import { nextIndex } from './roving-focus.ts'

it.each([
  ['ArrowRight', 0, 1],
  ['ArrowDown', 2, 0],
  ['ArrowLeft', 0, 2],
  ['ArrowUp', 2, 1],
  ['Home', 2, 0],
  ['End', 0, 2],
  ['Enter', 1, undefined],
  ['ArrowRight', -1, undefined],
])('%s moves from button %i of a toolbar to %s', (key, index, expected) => {
  expect(nextIndex(key, index, 3)).toBe(expected)
})
