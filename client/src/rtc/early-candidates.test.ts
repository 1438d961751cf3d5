import { expect, it } from 'vitest'
import { EarlyCandidates, MAX_EARLY_CANDIDATES, MAX_MEMBERS } from './early-candidates.ts'

const candidate = (name: string): RTCIceCandidateInit => ({ candidate: name })

it('keeps each member’s candidates apart and in order, once', () => {
  const early = new EarlyCandidates()
  early.keep(candidate('1'), 'a')
  early.keep(candidate('x'), 'b')
  early.keep(candidate('2'), 'a')
  expect(early.take('a')).toEqual([candidate('1'), candidate('2')])
  expect(early.take('a')).toEqual([])
  expect(early.take('b')).toEqual([candidate('x')])
})

it('does not grow without end', () => {
  const early = new EarlyCandidates()
  for (let i = 0; i < MAX_EARLY_CANDIDATES + 1; i++) early.keep(candidate('c'), 'a')
  for (let i = 0; i < MAX_MEMBERS; i++) early.keep(candidate('c'), `member ${i}`)
  expect(early.take('a')).toHaveLength(MAX_EARLY_CANDIDATES)
  expect(early.take(`member ${MAX_MEMBERS - 1}`)).toEqual([])
})
