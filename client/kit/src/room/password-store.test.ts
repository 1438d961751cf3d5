import { expect, it } from 'vitest'
import { memory } from '../../testing/memory.ts'
import { PasswordStore } from './password-store.ts'

const keys = { proof: 'p'.repeat(43), key: Uint8Array.from({ length: 32 }, (_, index) => index) }

it('keeps what a password opened until the user hangs up', () => {
  const tab = memory()
  new PasswordStore(tab).set('room', keys)
  const store = new PasswordStore(tab)
  expect(store.get('room')).toEqual(keys)
  expect(store.get('other')).toBeUndefined()
  store.forget('room')
  expect(store.get('room')).toBeUndefined()
})

it.each(['', 'x y', `${keys.proof} `, `${keys.proof} ${'k'.repeat(42)}`])(
  'reads nothing from %j',
  (stored) => {
    const store = new PasswordStore(memory([['vidchat.password.room', stored]]))
    expect(store.get('room')).toBeUndefined()
  },
)

it('does without storage', () => {
  const blocked = () => {
    throw new Error('blocked')
  }
  for (const storage of [undefined, { getItem: blocked, setItem: blocked, removeItem: blocked }]) {
    const store = new PasswordStore(storage)
    store.set('room', keys)
    expect(store.get('room')).toBeUndefined()
    store.forget('room')
  }
})
