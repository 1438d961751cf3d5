import { flushSync } from 'svelte'
import { expect, it } from 'vitest'
import { reactive } from './reactive.svelte.ts'

it('views follow each value, and only that', () => {
  const values = reactive({ state: 'waiting', count: 0 })
  const states: string[] = []
  const counts: number[] = []
  const end = $effect.root(() => {
    $effect(() => void states.push(values.state))
    $effect(() => void counts.push(values.count))
  })
  flushSync()
  values.state = 'connected'
  flushSync()
  values.count++
  flushSync()
  end()
  values.count++
  flushSync()
  expect([states, counts]).toEqual([
    ['waiting', 'connected'],
    [0, 1],
  ])
})
