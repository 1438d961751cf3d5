import { expect, it } from 'vitest'
import { TalkDetector } from './muted-talk.ts'

const talks = (levels: number[]) => {
  const detector = new TalkDetector()
  return levels.some((level) => detector.talks(level))
}
const times = (count: number, level: number) => Array.from({ length: count }, () => level)

it.each<[string, number[], boolean]>([
  ['silence', times(100, 0), false],
  ['a quiet room', times(100, 0.08), false],
  ['a cough', [...times(5, 0.9), ...times(50, 0)], false],
  ['a knock on the table now and then', times(10, 0).flatMap(() => [0.8, ...times(9, 0)]), false],
  ['a sentence', times(10, 0).flatMap(() => [0.5, 0.4, 0.05]), true],
])('%s', (_what, levels, expected) => {
  expect(talks(levels)).toBe(expected)
})
