import { describe, expect, it } from 'vitest'
import type { Delivery, TextEntry } from '../talk/entries.ts'
import {
  authorLabel,
  deliveryWords,
  handWords,
  incomingWords,
  limitWords,
  outgoingWords,
  sizeWords,
  tooLargeWords,
} from './chat.ts'

const labels = new Map([
  ['a', 'Ann'],
  ['b', 'Bo'],
])

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1024, '1 kB'],
  [1536, '1.5 kB'],
  [200 * 1024 ** 2, '200 MB'],
  [2 * 1024 ** 3, '2 GB'],
  [1023 * 1024, '1 MB'],
])('%d is %s', (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words)
})

it.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [11, '11th'],
  [21, '21st'],
])('%d is %s', (place, words) => {
  expect(handWords(place)).toBe(`Raised hand, ${words} in order`)
})

it('names who wrote, also after they left', () => {
  expect(authorLabel(labels, { id: undefined, name: '' })).toBe('You')
  expect(authorLabel(labels, { id: 'a', name: 'Before' })).toBe('Ann')
  expect(authorLabel(labels, { id: 'gone', name: 'Cy' })).toBe('Cy')
  expect(authorLabel(labels, { id: 'gone', name: '' })).toMatch(/^Guest \d\d$/)
})

describe('what became of a text', () => {
  const entry = (deliveries: Record<string, Delivery>): TextEntry => ({
    kind: 'text',
    key: 0,
    at: new Date(),
    author: { id: undefined, name: '' },
    text: '',
    to: new Map(Object.entries(deliveries).map(([id, delivery]) => [id, { name: id, delivery }])),
  })

  it.each<[Record<string, Delivery>, string]>([
    [{ a: 'delivered', b: 'delivered' }, ''],
    [{ a: 'sending' }, 'Sending…'],
    [{ a: 'sending', b: 'delivered' }, 'Sending to Ann…'],
    [{ a: 'left', b: 'left' }, 'Not delivered to Ann and Bo.'],
    [{ a: 'deaf', b: 'delivered' }, 'Ann can’t read it.'],
  ])('%j', (deliveries, words) => {
    expect(deliveryWords(entry(deliveries), labels)).toBe(words)
  })
})

it('says how far a file is', () => {
  const half = { bytes: 512, size: 1024 }
  expect(outgoingWords({ state: 'moving', ...half }, 'Bo')).toBe('Sending to Bo: 50%')
  expect(outgoingWords({ state: 'done', ...half }, 'Bo')).toBe('Bo has it')
  expect(incomingWords({ state: 'moving', ...half }, false)).toBe('50% of 1 kB')
  expect(incomingWords({ state: 'moving', bytes: 0, size: 0 }, false)).toBe('100% of 0 bytes')
  expect(incomingWords({ state: 'done', ...half }, true)).toBe('Received, 1 kB')
})

it('says beforehand how large a file may be', () => {
  expect(limitWords(2 * 1024 ** 3)).toBe('Files up to 2 GB')
  expect(limitWords(0)).toBe('No files can be sent now')
  expect(tooLargeWords(['Bo'])).toBe('Too large for Bo’s browser.')
})
