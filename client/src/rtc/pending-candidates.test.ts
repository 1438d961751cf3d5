import { expect, it } from 'vitest'
import { keep, MAX_EARLY_CANDIDATES } from './pending-candidates.ts'

it('do not grow without end', () => {
  const list: RTCIceCandidateInit[] = []
  for (let i = 0; i < MAX_EARLY_CANDIDATES + 1; i++) keep(list, { candidate: String(i) })
  expect(list).toHaveLength(MAX_EARLY_CANDIDATES)
  expect(list.at(-1)).toEqual({ candidate: String(MAX_EARLY_CANDIDATES - 1) })
})
