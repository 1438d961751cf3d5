import { expect, it } from 'vitest'
import { ManualClock } from '../testing/fake-clock.ts'
import { watchSpeaker } from './active-speaker.ts'

it('tells the loudest, with patience for pauses, and nobody in silence', async () => {
  const clock = new ManualClock()
  const levels = { ann: 0.3, bob: 0.1 }
  const voices = () => (['ann', 'bob'] as const).map((id) => ({ id, loudness: () => levels[id] }))
  const told: (string | undefined)[] = []
  const stop = watchSpeaker(voices, clock, (id) => told.push(id))
  await clock.advance(250)
  expect(told).toEqual(['ann'])
  levels.ann = 0
  await clock.advance(500)
  levels.ann = 0.3
  await clock.advance(1000)
  expect(told).toEqual(['ann'])
  levels.ann = 0
  await clock.advance(1000)
  expect(told).toEqual(['ann', 'bob'])
  levels.bob = 0.01
  await clock.advance(1000)
  expect(told).toEqual(['ann', 'bob', undefined])
  stop()
  levels.ann = 1
  await clock.advance(5000)
  expect(told).toHaveLength(3)
})
