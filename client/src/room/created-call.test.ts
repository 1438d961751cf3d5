import { expect, it } from 'vitest'
import { CreatedCall } from './created-call.ts'

function memory() {
  const items = new Map<string, string>()
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
}

it('is known until the call is joined', () => {
  const storage = memory()
  new CreatedCall(() => storage).remember('pw-a')
  const created = new CreatedCall(() => storage)
  expect([created.is('pw-a'), created.is('pw-b')]).toEqual([true, false])
  created.forget()
  expect(created.is('pw-a')).toBe(false)
})

it('is unknown where storage is blocked', () => {
  const created = new CreatedCall(() => {
    throw new Error('blocked')
  })
  created.remember('pw-a')
  created.forget()
  expect(created.is('pw-a')).toBe(false)
})
