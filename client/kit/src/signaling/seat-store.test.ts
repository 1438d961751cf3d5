import { describe, expect, it } from 'vitest'
import { SeatStore } from './seat-store.ts'

const token = 'AAECAwQFBgcICQoLDA0ODw'

function storage(initial: Record<string, string> = {}): Storage {
  const entries = new Map(Object.entries(initial))
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
  } as unknown as Storage
}

describe('a stored seat', () => {
  it('survives a reload, for its own room only', () => {
    const tab = storage()
    new SeatStore(tab).set('room', { token, seen: 7 })
    const reloaded = new SeatStore(tab)
    expect(reloaded.get('room')).toEqual({ token, seen: 7 })
    expect(reloaded.get('other')).toBeUndefined()
  })

  it.each(['', 'null', '7', '{}', '{"token":"short","seen":1}', '{"token":7}', '{'])(
    'is ignored if the storage holds %j',
    (text) => {
      expect(new SeatStore(storage({ 'vidchat.seat.room': text })).get('room')).toBeUndefined()
    },
  )

  it('counts from 0 if the message number is invalid', () => {
    const seats = new SeatStore(
      storage({ 'vidchat.seat.room': JSON.stringify({ token, seen: -1 }) }),
    )
    expect(seats.get('room')).toEqual({ token, seen: 0 })
  })

  it('lasts until a reload if there is no storage', () => {
    const refusing = {
      getItem: () => {
        throw new Error('forbidden')
      },
      setItem: () => {
        throw new Error('forbidden')
      },
    } as unknown as Storage
    for (const seats of [new SeatStore(undefined), new SeatStore(refusing)]) {
      expect(seats.get('room')).toBeUndefined()
      seats.set('room', { token, seen: 1 })
      expect(seats.get('room')).toEqual({ token, seen: 1 })
    }
  })
})
