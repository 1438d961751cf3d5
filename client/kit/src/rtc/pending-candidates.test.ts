import { expect, it } from 'vitest'
import { MAX_PENDING_CANDIDATES, queueCandidate } from './pending-candidates.ts'

it('drops candidates once the queue is full', () => {
  const queue: RTCIceCandidateInit[] = []
  for (let i = 0; i < MAX_PENDING_CANDIDATES + 1; i++)
    queueCandidate(queue, { candidate: String(i) })
  expect(queue).toHaveLength(MAX_PENDING_CANDIDATES)
  expect(queue.at(-1)).toEqual({ candidate: String(MAX_PENDING_CANDIDATES - 1) })
})
