import { describe, expect, it } from 'vitest'
import { LAST_PLACE, readMessage } from './messages.ts'

const id = 'AbCdEfGhIjKlMnOpQrStUv'
const read = (value: unknown) => readMessage(JSON.stringify(value))

describe('messages that are read', () => {
  it.each([
    [
      { talk: 1, files: 5, hand: 2 },
      { kind: 'hello', files: 5, hand: 2 },
    ],
    [
      { talk: 9, more: {} },
      { kind: 'hello', files: 0, hand: 0 },
    ],
    [
      { talk: 1, files: -1, hand: 'x' },
      { kind: 'hello', files: 0, hand: 0 },
    ],
    [
      { text: ' hi ', page: id, n: 1 },
      { kind: 'text', page: id, n: 1, text: 'hi' },
    ],
    [{ got: 3 }, { kind: 'got', n: 3 }],
    [{ hand: 1e9 }, { kind: 'hand', place: LAST_PLACE }],
    [{ reaction: '👏' }, { kind: 'reaction', reaction: '👏' }],
    [{ quality: 'cpu' }, { kind: 'quality', limitation: 'cpu' }],
    [
      { file: 'offer', id, name: '../a.txt', size: 0, type: 'text/html' },
      { kind: 'file', message: { file: 'offer', id, name: '../a.txt', size: 0 } },
    ],
    [
      { file: 'cancel', id, reason: '<b>' },
      { kind: 'file', message: { file: 'cancel', id, reason: 'failed' } },
    ],
  ])('%j', (value, message) => {
    expect(read(value)).toEqual(message)
  })
})

describe('messages that are ignored', () => {
  it.each([
    [null],
    [[]],
    ['text'],
    [5],
    [{}],
    [{ muted: true, camera: true }],
    [{ commit: 'x' }],
    [{ talk: 0 }],
    [{ talk: '1' }],
    [{ text: '\u202e', page: id, n: 1 }],
    [{ text: 'x', page: 'short', n: 1 }],
    [{ text: 'x', page: id, n: 0 }],
    [{ text: 'x', page: id, n: 1.5 }],
    [{ text: ['x'], page: id, n: 1 }],
    [{ got: '1' }],
    [{ hand: -1 }],
    [{ hand: true }],
    [{ reaction: '<img>' }],
    [{ reaction: ['👍'] }],
    [{ quality: 'other' }],
    [{ quality: ['cpu'] }],
    [{ file: 'offer', id, name: 'a', size: -1 }],
    [{ file: 'offer', id, name: 'a', size: 2 ** 60 }],
    [{ file: 'offer', id: '../x', name: 'a', size: 1 }],
    [{ file: 'accept', id, from: 'x' }],
    [{ file: 'written', id }],
    [{ file: 'other', id }],
    [{ file: {}, id }],
    [JSON.parse('{"__proto__": {"talk": 1}}')],
  ])('%j', (value) => {
    expect(read(value)).toBeUndefined()
  })

  it.each(['', '{', 'null', '{"talk":', '\0', '[[[[', `"${'x'.repeat(100_000)}"`])('%j', (data) => {
    expect(readMessage(data)).toBeUndefined()
  })

  it('are any that a program makes up', () => {
    const keys = [
      'talk',
      'text',
      'page',
      'n',
      'got',
      'hand',
      'reaction',
      'quality',
      'file',
      'id',
      'name',
      'size',
    ]
    const values = [0, 1, -1, 1e99, '', id, 'offer', 'x'.repeat(9000), null, [], {}, true, '\ud800']
    let state = 1
    const next = (count: number) => (state = (state * 48_271) % 2_147_483_647) % count
    for (let round = 0; round < 3000; round++) {
      const pick = () => [keys[next(keys.length)], values[next(values.length)]]
      const value = Object.fromEntries(Array.from({ length: 4 }, pick))
      const message = read(value)
      if (message?.kind === 'text') expect(message.text.length).toBeLessThanOrEqual(8000)
      if (message?.kind === 'hand') expect(message.place).toBeLessThanOrEqual(LAST_PLACE)
    }
  })
})
