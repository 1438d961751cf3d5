import { expect, it } from 'vitest'
import type { DataUse } from './data-use.svelte.ts'
import { wantedAmounts, type LimitedParticipant } from './limit-videos.svelte.ts'

const person = (screen: boolean): LimitedParticipant => ({
  mediaState: { screen },
  limitVideo: () => undefined,
})
const [ann, bo, cy] = [person(false), person(false), person(true)]

it.each<[string, DataUse, LimitedParticipant | undefined, LimitedParticipant[], string]>([
  ['everyone', 'full', bo, [ann, bo], 'full full'],
  ['the other one of two, small', 'low', ann, [ann], 'low'],
  ['who matters most, small', 'low', bo, [ann, bo], 'none low'],
  ['the first, if we matter most', 'low', undefined, [ann, bo], 'low none'],
  ['a screen, too', 'low', ann, [ann, bo, cy], 'low none low'],
  ['nobody', 'audio', ann, [ann, bo, cy], 'none none none'],
])('%s', (_, use, main, participants, expected) => {
  expect(wantedAmounts({ use, participants, main }).join(' ')).toBe(expected)
})
