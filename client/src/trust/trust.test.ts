import { createHash, createHmac, hkdfSync, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Description } from '../signaling/protocol.ts'
import { base64url, fromBase64url } from './bytes.ts'
import { codeOf } from './security-code.ts'
import { derivePassword } from './password.ts'
import { Seal } from './description-mac.ts'
import { Vouching } from './verification.ts'

const { subtle } = crypto
const key = Uint8Array.from({ length: 16 }, (_, index) => index)
const sdp = (...fingerprints: string[]) =>
  ['v=0', ...fingerprints.map((value) => `a=fingerprint:sha-256 ${value}`), ''].join('\r\n')
const offer: Description = { type: 'offer', sdp: sdp('BB:02', 'AA:01', 'bb:02') }

describe('the seal', () => {
  const seal = new Seal(subtle, 'room', [key])

  it('is what PROTOCOL.md says, as another implementation computes it', async () => {
    const mac = createHmac('sha256', Buffer.from(hkdfSync('sha256', key, '', 'vidchat mac', 32)))
    mac.update('vidchat 1\nroom\nann\nbob\noffer\nsha-256 aa:01,sha-256 bb:02')
    const code = mac.digest('base64url')
    expect(await seal.sign(offer, 'ann', 'bob')).toBe(code)
    expect(code).toBe('mKVPaD_-V1vRPqHZ7HPHBoorz2DRAnlHrtvK4OL0Ais')
  })

  it('takes in the password’s key', async () => {
    const secret = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)
    const both = Buffer.concat([key, secret])
    const mac = createHmac('sha256', Buffer.from(hkdfSync('sha256', both, '', 'vidchat mac', 32)))
    mac.update('vidchat 1\nroom\nann\nbob\noffer\nsha-256 aa:01,sha-256 bb:02')
    const signed = await new Seal(subtle, 'room', [key, secret]).sign(offer, 'ann', 'bob')
    expect(signed).toBe(mac.digest('base64url'))
  })

  it.each<[string, Description, string, string]>([
    ['another fingerprint', { ...offer, sdp: sdp('AA:01', 'CC:03') }, 'ann', 'bob'],
    ['one more', { ...offer, sdp: sdp('AA:01', 'BB:02', 'CC:03') }, 'ann', 'bob'],
    ['one less', { ...offer, sdp: sdp('AA:01') }, 'ann', 'bob'],
    ['another type', { ...offer, type: 'answer' }, 'ann', 'bob'],
    ['another sender', offer, 'eve', 'bob'],
    ['another receiver', offer, 'ann', 'eve'],
    ['the other direction', offer, 'bob', 'ann'],
  ])('breaks with %s', async (_, description, from, to) => {
    const mac = await seal.sign(offer, 'ann', 'bob')
    expect(await seal.verify(offer, mac, 'ann', 'bob')).toBe(true)
    expect(await seal.verify(description, mac, from, to)).toBe(false)
  })

  it('breaks in another room, and under another key', async () => {
    const mac = await seal.sign(offer, 'ann', 'bob')
    const others = [new Seal(subtle, 'other', [key]), new Seal(subtle, 'room', [key.slice(1)])]
    for (const other of others) expect(await other.verify(offer, mac, 'ann', 'bob')).toBe(false)
  })

  it.each([undefined, '', '!', 'AAAA'])('is not %j', async (mac) => {
    expect(await seal.verify(offer, mac, 'ann', 'bob')).toBe(false)
  })
})

describe('the code', () => {
  it('is the same on both sides, and what PROTOCOL.md says', async () => {
    const [ours, theirs] = [sdp('AA:01'), sdp('BB:02')]
    const hash = createHash('sha256').update('vidchat code\nsha-256 aa:01\nsha-256 bb:02').digest()
    const digits = String((hash.readUInt32BE() >>> 2) % 1_000_000).padStart(6, '0')
    expect(await codeOf(subtle, ours, theirs)).toBe(digits)
    expect(await codeOf(subtle, theirs, ours)).toBe(digits)
    expect(digits).toBe('300867')
  })
})

describe('the password', () => {
  // Twice 600,000 rounds take their time on a busy machine.
  it('becomes a proof and a key that do not tell each other', { timeout: 30_000 }, async () => {
    const { proof, key } = await derivePassword(subtle, 'grün ist die Hoffnung', 'pw-a1')
    const derived = pbkdf2Sync('grün ist die Hoffnung', 'pw-a1', 600_000, 64, 'sha256')
    expect(proof).toBe(derived.subarray(0, 32).toString('base64url'))
    expect(Buffer.from(key)).toEqual(derived.subarray(32))
    expect(proof).toBe('pJ-nI0vxTi3hK2ki3n4C3YKKkFbEveAx74XII3Fu4MQ')
  })
})

describe('vouching', () => {
  it('without a key takes everything, and has a code to compare', async () => {
    const vouching = new Vouching(subtle, undefined)
    expect(await vouching.sealed({ sdp: offer }, 'a', 'b')).toEqual({ sdp: offer })
    expect(await vouching.accepts(offer, undefined, 'b', 'a')).toBe(true)
    expect(await vouching.judge(sdp('AA:01'), sdp('BB:02'))).toMatchObject({ name: 'code' })
  })

  it('with a key takes what is sealed, and nothing else', async () => {
    const vouching = new Vouching(subtle, new Seal(subtle, 'room', [key]))
    const sealed = await vouching.sealed({ sdp: offer }, 'a', 'b')
    const mac = 'sdp' in sealed ? sealed.mac : ''
    expect(await vouching.accepts(offer, mac, 'a', 'b')).toBe(true)
    expect(await vouching.accepts(offer, undefined, 'a', 'b')).toBe(false)
    expect(await vouching.judge('', '')).toEqual({ name: 'verified' })
  })

  it('leaves candidates as they are', async () => {
    const vouching = new Vouching(subtle, new Seal(subtle, 'room', [key]))
    const payload = { candidate: { candidate: 'c' } }
    expect(await vouching.sealed(payload, 'a', 'b')).toEqual(payload)
  })

  it('can tell nothing on an insecure page', async () => {
    expect(await new Vouching(undefined, undefined).judge('', '')).toEqual({ name: 'unknowable' })
  })
})

describe('base64url', () => {
  it.each([[[]], [[255]], [[251, 239, 190]], [[0, 16, 131]]])('brings back %j', (bytes) => {
    const text = base64url(Uint8Array.from(bytes))
    expect(text).toBe(Buffer.from(bytes).toString('base64url'))
    expect([...fromBase64url(text)]).toEqual(bytes)
  })
})
