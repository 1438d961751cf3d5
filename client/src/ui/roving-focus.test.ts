import { expect, it } from 'vitest'
import { nextIndex } from './roving-focus.ts'

it.each([
  ['ArrowRight', 0, 1, 2],
  ['ArrowLeft', 0, 2, 1],
  ['ArrowDown', 2, 0, 0],
  ['ArrowUp', 2, 1, 1],
  ['Home', 2, 0, 0],
  ['End', 0, 2, 2],
  ['Enter', 1, undefined, undefined],
  ['ArrowRight', -1, undefined, undefined],
])(
  '%s moves from button %i of a toolbar to %s, of a mirrored one to %s',
  (key, index, next, mirrored) => {
    expect(nextIndex(key, index, 3, false)).toBe(next)
    expect(nextIndex(key, index, 3, true)).toBe(mirrored)
  },
)
