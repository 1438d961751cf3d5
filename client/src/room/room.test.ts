import { describe, expect, it } from 'vitest'
import { linkTo, newRoom, readHash, readInvitation } from './room.ts'

const origin = 'https://calls.example:8443'

describe('a new room', () => {
  it('has 128 random bits, in hex', () => {
    const random = {
      getRandomValues: <T extends ArrayBufferView | null>(array: T) => {
        if (array instanceof Uint8Array) array.set(array.map((_, index) => index * 16 + 1))
        return array
      },
    }
    expect(newRoom(random)).toBe('01112131415161718191a1b1c1d1e1f1')
  })

  it('is another one each time', () => {
    expect(newRoom(crypto)).not.toBe(newRoom(crypto))
  })
})

describe('the fragment of the address', () => {
  it.each([
    ['#a1b2c3', { kind: 'room', room: 'a1b2c3' }],
    ['#f', { kind: 'room', room: 'f' }],
    ['#caf%C3%A9', { kind: 'room', room: 'caf%C3%A9' }],
    ['#a#b', { kind: 'room', room: 'a#b' }],
    ['', { kind: 'none' }],
    ['#', { kind: 'none' }],
    ['#' + 'x'.repeat(256), { kind: 'room', room: 'x'.repeat(256) }],
    ['#' + 'x'.repeat(257), { kind: 'unusable', problem: 'too-long' }],
    ['#' + 'é'.repeat(129), { kind: 'unusable', problem: 'too-long' }],
  ])('is read, case %#', (hash, reading) => {
    expect(readHash(hash)).toEqual(reading)
  })
})

describe('an invitation', () => {
  it.each([
    ['a1b2c3', 'a1b2c3'],
    ['  a1b2c3\n', 'a1b2c3'],
    ['#a1b2c3', 'a1b2c3'],
    ['/call/#a1b2c3', 'a1b2c3'],
    ['/call#a1b2c3', 'a1b2c3'],
    ['https://calls.example:8443/call/#a1b2c3', 'a1b2c3'],
    ['http://calls.example:8443/call#a1b2c3', 'a1b2c3'],
    ['calls.example:8443/call/#a1b2c3', 'a1b2c3'],
    ['HTTPS://CALLS.EXAMPLE:8443/call/#A1', 'A1'],
    ['https://calls.example:8443/call/?from=mail#a1', 'a1'],
    ['café', 'caf%C3%A9'],
    ['constructor', 'constructor'],
  ])('%j leads to the room %s', (text, room) => {
    expect(readInvitation(text, origin)).toEqual({ kind: 'room', room })
  })

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['see you at nine', 'not-a-code'],
    ['https://', 'not-a-code'],
    ['https://elsewhere.example/call/#a1', 'other-server'],
    ['elsewhere.example/call/#a1', 'other-server'],
    ['javascript://calls.example:8443/call/#a1', 'not-a-code'],
    ['https://calls.example:8443/', 'not-a-call'],
    ['https://calls.example:8443/about#a1', 'not-a-call'],
    ['https://calls.example:8443/call/', 'not-a-call'],
    ['x'.repeat(300), 'too-long'],
  ])('leads nowhere, case %#', (text, problem) => {
    expect(readInvitation(text, origin)).toEqual({ kind: 'unusable', problem })
  })

  it('is read back from the link it was sent as', () => {
    expect(readInvitation(linkTo('a1b2', origin), origin)).toEqual({ kind: 'room', room: 'a1b2' })
  })
})
