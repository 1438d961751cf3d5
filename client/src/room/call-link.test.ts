import { describe, expect, it } from 'vitest'
import { fragmentOf, newCallLink, readFragment, readInvitation, urlOf } from './call-link.ts'

const origin = 'https://calls.example:8443'

const key = Uint8Array.from({ length: 16 }, (_, index) => index)
const KEY = 'AAECAwQFBgcICQoLDA0ODw'
const plain = { kind: 'room', password: false }

describe('a new call', () => {
  const random = {
    getRandomValues: <T extends ArrayBufferView | null>(array: T) => {
      if (array instanceof Uint8Array) array.set(array.map((_, index) => index * 16 + 1))
      return array
    },
  }

  it('has 128 random bits for the room, and 128 for a key that the server never sees', () => {
    const link = newCallLink({ random, password: false, secure: true })
    expect(fragmentOf(link)).toBe('01112131415161718191a1b1c1d1e1f1,AREhMUFRYXGBkaGxwdHh8Q')
  })

  it('shows by the room’s name that it is password-protected', () => {
    const { room } = newCallLink({ random, password: true, secure: true })
    expect(room).toBe('pw-01112131415161718191a1b1c1d1e1f1')
  })

  it('has no key on an insecure page', () => {
    const link = newCallLink({ random, password: false, secure: false })
    expect(fragmentOf(link)).toBe('01112131415161718191a1b1c1d1e1f1')
  })

  it('is different each time', () => {
    const links = [1, 2].map(() => newCallLink({ random: crypto, password: false, secure: true }))
    expect(links[0]).not.toEqual(links[1])
  })
})

describe('a fragment', () => {
  it.each([
    ['#a1b2c3', { ...plain, room: 'a1b2c3' }],
    ['#f', { ...plain, room: 'f' }],
    ['#caf%C3%A9', { ...plain, room: 'caf%C3%A9' }],
    [`#a1,${KEY}`, { ...plain, room: 'a1', key }],
    ['#a,b', { ...plain, room: 'a,b' }],
    [`#,${KEY}`, { ...plain, room: `,${KEY}` }],
    [`#pw-a1,${KEY}`, { kind: 'room', room: 'pw-a1', password: true, key }],
    ['#a#b', { ...plain, room: 'a#b' }],
    ['', { kind: 'none' }],
    ['#', { kind: 'none' }],
    ['#' + 'x'.repeat(256), { ...plain, room: 'x'.repeat(256) }],
    ['#' + 'x'.repeat(257), { kind: 'invalid', problem: 'too-long' }],
    ['#' + 'é'.repeat(129), { kind: 'invalid', problem: 'too-long' }],
  ])('is read, case %#', (hash, result) => {
    expect(readFragment(hash)).toEqual(result)
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
    expect(readInvitation(text, origin)).toEqual({ ...plain, room })
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
  ])('is invalid, case %#', (text, problem) => {
    expect(readInvitation(text, origin)).toEqual({ kind: 'invalid', problem })
  })

  it('is read from the URL of a link', () => {
    const link = { room: 'a1b2', password: false, key }
    expect(readInvitation(urlOf(link, origin), origin)).toEqual({ ...plain, ...link })
  })
})
