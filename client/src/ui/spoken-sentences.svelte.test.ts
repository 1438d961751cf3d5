import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SpokenSentences } from './spoken-sentences.svelte.ts'

let spoken: SpokenSentences
let stop: () => void

beforeEach(() => {
  vi.useFakeTimers()
  stop = $effect.root(() => {
    spoken = new SpokenSentences()
  })
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

function add(...texts: string[]) {
  spoken.add(texts)
  flushSync()
}

const texts = () => spoken.all.map(({ text }) => text)

it('keeps sentences until ten seconds after the last one', () => {
  add('Ann joined.')
  vi.advanceTimersByTime(9000)
  add('', 'Ann is muted.')
  vi.advanceTimersByTime(9000)
  expect(texts()).toEqual(['Ann joined.', 'Ann is muted.'])
  vi.advanceTimersByTime(1000)
  expect(texts()).toEqual([])
})

it('tells a sentence twice that comes twice', () => {
  add('Ann raised a hand.')
  add('Ann raised a hand.')
  expect(new Set(spoken.all.map(({ key }) => key)).size).toBe(2)
})

it('keeps the last twenty', () => {
  for (let number = 1; number <= 25; number++) add(`${number}`)
  expect(texts()).toHaveLength(20)
  expect([texts()[0], texts().at(-1)]).toEqual(['6', '25'])
})

it('forgets its timer with the component', () => {
  add('Ann joined.')
  stop()
  expect(vi.getTimerCount()).toBe(0)
})
