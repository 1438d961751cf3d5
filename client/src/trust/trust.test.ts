import { createHash, createHmac, hkdfSync, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Description } from '../signaling/protocol.ts'
import { base64url, fromBase64url } from './bytes.ts'
import { DescriptionMac } from './description-mac.ts'
import { derivePasswordKeys } from './password.ts'
import { securityCode } from './security-code.ts'
import { Verification } from './verification.ts'

const { subtle } = crypto
const key = Uint8Array.from({ length: 16 }, (_, index) => index)
const sdp = (...fingerprints: string[]) =>
  ['v=0', ...fingerprints.map((value) => `a=fingerprint:sha-256 ${value}`), ''].join('\r\n')
const offer: Description = { type: 'offer', sdp: sdp('BB:02', 'AA:01', 'bb:02') }

describe('verification', () => {
  it.each([true, false])('refuses what parsers read differently, with a key: %j', async (keyed) => {
    const mac = keyed ? new DescriptionMac(subtle, 'room', [key]) : undefined
    const verification = new Verification(subtle, mac)
    const signed = await mac?.sign(offer, 'ann', 'bob')
    expect(await verification.verify(offer, signed, 'ann', 'bob')).toBe(true)
    const changed = { ...offer, sdp: offer.sdp + 'a=FINGERPRINT:sha-256 CC:03\r\n' }
    expect(await verification.verify(changed, signed, 'ann', 'bob')).toBe(false)
  })
})

describe('the MAC of a description', () => {
  const descriptionMac = new DescriptionMac(subtle, 'room', [key])

  it('is as in PROTOCOL.md, computed by another implementation', async () => {
    const hmac = createHmac('sha256', Buffer.from(hkdfSync('sha256', key, '', 'vidchat mac', 32)))
    hmac.update('vidchat 1\nroom\nann\nbob\noffer\nsha-256 aa:01,sha-256 bb:02')
    const mac = hmac.digest('base64url')
    expect(await descriptionMac.sign(offer, 'ann', 'bob')).toBe(mac)
    expect(mac).toBe('mKVPaD_-V1vRPqHZ7HPHBoorz2DRAnlHrtvK4OL0Ais')
  })

  it('depends on the password’s key as well', async () => {
    const secret = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)
    const both = Buffer.concat([key, secret])
    const hmac = createHmac('sha256', Buffer.from(hkdfSync('sha256', both, '', 'vidchat mac', 32)))
    hmac.update('vidchat 1\nroom\nann\nbob\noffer\nsha-256 aa:01,sha-256 bb:02')
    const mac = await new DescriptionMac(subtle, 'room', [key, secret]).sign(offer, 'ann', 'bob')
    expect(mac).toBe(hmac.digest('base64url'))
  })

  it.each<[string, Description, string, string]>([
    ['another fingerprint', { ...offer, sdp: sdp('AA:01', 'CC:03') }, 'ann', 'bob'],
    ['one fingerprint more', { ...offer, sdp: sdp('AA:01', 'BB:02', 'CC:03') }, 'ann', 'bob'],
    ['one fingerprint less', { ...offer, sdp: sdp('AA:01') }, 'ann', 'bob'],
    ['another type', { ...offer, type: 'answer' }, 'ann', 'bob'],
    ['another sender', offer, 'eve', 'bob'],
    ['another receiver', offer, 'ann', 'eve'],
    ['the other direction', offer, 'bob', 'ann'],
  ])('is invalid with %s', async (_, description, from, to) => {
    const mac = await descriptionMac.sign(offer, 'ann', 'bob')
    expect(await descriptionMac.verify(offer, mac, 'ann', 'bob')).toBe(true)
    expect(await descriptionMac.verify(description, mac, from, to)).toBe(false)
  })

  it('is invalid in another room, and under another key', async () => {
    const mac = await descriptionMac.sign(offer, 'ann', 'bob')
    const others = [
      new DescriptionMac(subtle, 'other', [key]),
      new DescriptionMac(subtle, 'room', [key.slice(1)]),
    ]
    for (const other of others) expect(await other.verify(offer, mac, 'ann', 'bob')).toBe(false)
  })

  it.each([undefined, '', '!', 'AAAA'])('is never %j', async (mac) => {
    expect(await descriptionMac.verify(offer, mac, 'ann', 'bob')).toBe(false)
  })
})

describe('the security code', () => {
  it('is the same for both peers, and as in PROTOCOL.md', async () => {
    const [local, remote] = [sdp('AA:01'), sdp('BB:02')]
    const hash = createHash('sha256').update('vidchat code\nsha-256 aa:01\nsha-256 bb:02').digest()
    const digits = String((hash.readUInt32BE() >>> 2) % 1_000_000).padStart(6, '0')
    expect(await securityCode(subtle, local, remote)).toBe(digits)
    expect(await securityCode(subtle, remote, local)).toBe(digits)
    expect(digits).toBe('300867')
  })
})

// Twice 600,000 iterations take long on a busy machine.
describe('the password', { timeout: 30_000 }, () => {
  const random = 'pw-0123456789abcdef0123456789abcdef'

  it('completes the name of a new room, by a salt with the key of the link', async () => {
    const { room, proof } = await derivePasswordKeys(subtle, 'grün', {
      room: random,
      key,
      prefix: random,
    })
    const salt = Buffer.concat([Buffer.from(random), key])
    const derived = pbkdf2Sync('grün', salt, 600_000, 64, 'sha256')
    expect(proof).toBe(derived.subarray(0, 32).toString('base64url'))
    const hash = createHash('sha256').update(`vidchat proof\n${proof}`).digest('hex')
    expect(room).toBe(`${random}-${hash.slice(0, 32)}`)
    expect(room).toBe(`${random}-a9469b6d6ff0c55d6249298355a1965b`)
    const again = await derivePasswordKeys(subtle, 'grün', { room, key, prefix: random })
    expect(again).toMatchObject({ room, proof })
    const wrong = await derivePasswordKeys(subtle, 'gruen', { room, key, prefix: random })
    expect(wrong.room).not.toBe(room)
    expect(wrong.room.startsWith(`${random}-`)).toBe(true)
  })

  it('becomes a proof and an independent key', async () => {
    const { room, proof, key } = await derivePasswordKeys(subtle, 'grün ist die Hoffnung', {
      room: 'pw-a1',
      key: Uint8Array.from({ length: 16 }),
    })
    expect(room).toBe('pw-a1')
    const derived = pbkdf2Sync('grün ist die Hoffnung', 'pw-a1', 600_000, 64, 'sha256')
    expect(proof).toBe(derived.subarray(0, 32).toString('base64url'))
    expect(Buffer.from(key)).toEqual(derived.subarray(32))
    expect(proof).toBe('pJ-nI0vxTi3hK2ki3n4C3YKKkFbEveAx74XII3Fu4MQ')
  })
})

describe('verification', () => {
  it('without a key accepts everything, and has a code to compare', async () => {
    const verification = new Verification(subtle, undefined)
    expect(await verification.sign({ sdp: offer }, 'a', 'b')).toEqual({ sdp: offer })
    expect(await verification.verify(offer, undefined, 'b', 'a')).toBe(true)
    expect(await verification.statusOf(sdp('AA:01'), sdp('BB:02'))).toMatchObject({ name: 'code' })
  })

  it('with a key accepts signed descriptions only', async () => {
    const verification = new Verification(subtle, new DescriptionMac(subtle, 'room', [key]))
    const signed = await verification.sign({ sdp: offer }, 'a', 'b')
    const mac = 'sdp' in signed ? signed.mac : ''
    expect(await verification.verify(offer, mac, 'a', 'b')).toBe(true)
    expect(await verification.verify(offer, undefined, 'a', 'b')).toBe(false)
    expect(await verification.statusOf('', '')).toEqual({ name: 'verified' })
  })

  it('does not change candidates', async () => {
    const verification = new Verification(subtle, new DescriptionMac(subtle, 'room', [key]))
    const payload = { candidate: { candidate: 'c' } }
    expect(await verification.sign(payload, 'a', 'b')).toEqual(payload)
  })

  it('is unavailable on an insecure page', async () => {
    expect(await new Verification(undefined, undefined).statusOf('', '')).toEqual({
      name: 'unavailable',
    })
  })
})

describe('base64url', () => {
  it.each([[[]], [[255]], [[251, 239, 190]], [[0, 16, 131]]])('is decoded to %j again', (bytes) => {
    const text = base64url(Uint8Array.from(bytes))
    expect(text).toBe(Buffer.from(bytes).toString('base64url'))
    expect([...fromBase64url(text)]).toEqual(bytes)
  })
})
