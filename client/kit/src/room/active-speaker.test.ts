import { expect, it } from 'vitest'
import { FakeClock } from '../../testing/fake-clock.ts'
import { watchActiveSpeaker } from './active-speaker.ts'

it('reports the loudest source, tolerates pauses, and reports nobody in silence', async () => {
  const clock = new FakeClock()
  const levels = { ann: 0.3, bob: 0.1 }
  const sources = () =>
    (['ann', 'bob'] as const).map((id) => ({ id, audioLevel: () => levels[id] }))
  const reported: (string | undefined)[] = []
  const stop = watchActiveSpeaker(sources, clock, (id) => reported.push(id))
  await clock.advance(250)
  expect(reported).toEqual(['ann'])
  levels.ann = 0
  await clock.advance(500)
  levels.ann = 0.3
  await clock.advance(1000)
  expect(reported).toEqual(['ann'])
  levels.ann = 0
  await clock.advance(1000)
  expect(reported).toEqual(['ann', 'bob'])
  levels.bob = 0.01
  await clock.advance(1000)
  expect(reported).toEqual(['ann', 'bob', undefined])
  stop()
  levels.ann = 1
  await clock.advance(5000)
  expect(reported).toHaveLength(3)
})
