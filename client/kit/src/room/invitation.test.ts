import { describe, expect, it } from 'vitest'
import { urlOf } from './call-link.ts'
import { readInvitation } from './invitation.ts'

const origin = 'https://calls.example:8443'
const key = Uint8Array.from({ length: 16 }, (_, index) => index)
const KEY = 'AAECAwQFBgcICQoLDA0ODw'
const hex = '01112131415161718191a1b1c1d1e1f1'
const plain = { kind: 'room', password: false }

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
    ['a1b2c3.', 'a1b2c3'],
    ['“a1b2c3”', 'a1b2c3'],
    ['a1b2c3?utm_source=mail', 'a1b2c3'],
    ['<https://calls.example:8443/call/#a1b2c3>', 'a1b2c3'],
    ['Join us: https://calls.example:8443/call/#a1b2c3, at nine', 'a1b2c3'],
    ['https://calls.example:8443/call/%23a1b2c3', 'a1b2c3'],
    ['https://calls.example:8443/call%2523a1b2c3', 'a1b2c3'],
    ['https://calls.example:8443/Call/?utm_source=mail#a1b2c3', 'a1b2c3'],
    ['https%3A%2F%2Fcalls.example%3A8443%2Fcall%2F%23a1b2c3', 'a1b2c3'],
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

  it.each([
    `#${hex},${KEY}`,
    `${hex},${KEY}`,
    `${hex}%2C${KEY}.`,
    `calls.example:8443/call/#${hex},${KEY}`,
    `${origin}/call/${hex},${KEY}`,
    `${origin}/call/?id=3%23${hex}%2C${KEY}`,
    `[the call](${origin}/call/#${hex},${KEY})`,
    `Bob wrote:\n> ${origin}/call/#${hex},${KEY}\n\nSee you`,
    `https://to.example/?u=https%3A%2F%2Fcalls.example%3A8443%2Fcall%2F%23${hex}%2C${KEY}&h=AT0`,
  ])('is the same call in %j', (text) => {
    expect(readInvitation(text, origin)).toEqual({ ...plain, room: hex, key })
  })

  it.each([KEY, `${hex},${KEY.slice(1)}`, hex, `${origin}/call/#${hex}`])(
    'is damaged: %s',
    (text) => {
      expect(readInvitation(text, origin)).toEqual({ kind: 'invalid', problem: 'damaged' })
    },
  )
})
