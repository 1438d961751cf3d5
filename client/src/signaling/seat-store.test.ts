import { describe, expect, it } from 'vitest'
import { Seats } from './seat-store.ts'

const token = 'AAECAwQFBgcICQoLDA0ODw'

function storage(initial: Record<string, string> = {}): Storage {
  const kept = new Map(Object.entries(initial))
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as unknown as Storage
}

describe('a seat', () => {
  it('is there again after a reload, for its own room alone', () => {
    const tab = storage()
    new Seats(tab).keep('room', { token, seen: 7 })
    const reloaded = new Seats(tab)
    expect(reloaded.of('room')).toEqual({ token, seen: 7 })
    expect(reloaded.of('other')).toBeUndefined()
  })

  it.each(['', 'null', '7', '{}', '{"token":"short","seen":1}', '{"token":7}', '{'])(
    'is none where the storage holds %j',
    (text) => {
      expect(new Seats(storage({ 'vidchat.seat.room': text })).of('room')).toBeUndefined()
    },
  )

  it('has seen nothing where the number makes no sense', () => {
    const seats = new Seats(storage({ 'vidchat.seat.room': JSON.stringify({ token, seen: -1 }) }))
    expect(seats.of('room')).toEqual({ token, seen: 0 })
  })

  it('lasts as long as the page where there is no storage', () => {
    const refusing = {
      getItem: () => {
        throw new Error('forbidden')
      },
      setItem: () => {
        throw new Error('forbidden')
      },
    } as unknown as Storage
    for (const seats of [new Seats(undefined), new Seats(refusing)]) {
      expect(seats.of('room')).toBeUndefined()
      seats.keep('room', { token, seen: 1 })
      expect(seats.of('room')).toEqual({ token, seen: 1 })
    }
  })
})
