import { expect, it } from 'vitest'
import { Sounds, soundsOn } from './sounds.ts'

it.each<[boolean | undefined, number, boolean]>([
  [undefined, 2, true],
  [undefined, 4, true],
  [undefined, 5, false],
  [true, 8, true],
  [false, 2, false],
])('chosen %s, with %i people: %s', (chosen, people, on) => {
  expect(soundsOn(chosen, people)).toBe(on)
})

it('are tones of one audio context, which is closed with them', () => {
  const log: string[] = []
  const ramp = { setValueAtTime: () => 0, linearRampToValueAtTime: () => 0 }
  const frequency = { value: 0 }
  const context = {
    currentTime: 1,
    destination: {},
    resume: async () => undefined,
    close: async () => void log.push('closed'),
    createGain: () => ({
      gain: { ...ramp, exponentialRampToValueAtTime: () => 0 },
      connect: () => 0,
    }),
    createOscillator: () => ({
      frequency,
      connect: (gain: unknown) => gain,
      start: (at: number) => log.push(`${frequency.value} Hz at ${at}`),
      stop: () => 0,
    }),
  }
  let contexts = 0
  const sounds = new Sounds(() => {
    contexts++
    return context as unknown as AudioContext
  })
  sounds.play('join')
  sounds.play('message')
  sounds.close()
  sounds.play('knock') // the call is over
  expect(log).toEqual(['523 Hz at 1', '659 Hz at 1.13', '784 Hz at 1', 'closed'])
  expect(contexts).toBe(1)
})
