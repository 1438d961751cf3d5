import { createHash, createHmac, hkdfSync, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Description, DescriptionPayload } from '../signaling/protocol.ts'
import { fingerprintLine } from '../../testing/fingerprint-line.ts'
import { base64url, fromBase64url } from './bytes.ts'
import { DescriptionMac, type Signed } from './description-mac.ts'
import { derivePasswordKeys } from './password.ts'
import { Verification } from './verification.ts'

const { subtle } = crypto
const key = Uint8Array.from({ length: 16 }, (_, index) => index)
const sdpOf = (name: string) => `v=0\r\n${fingerprintLine(name)}\r\n`
const offer: Description = { type: 'offer', sdp: sdpOf('ANN') }
const answer: Description = { type: 'answer', sdp: sdpOf('BOB') }
const keyed = () => new Verification(subtle, new DescriptionMac(subtle, 'room', [key]))

const signed: Signed = {
  from: 'ann',
  to: 'bob',
  description: { type: 'offer', sdp: 'v=0\r\nä' },
  epoch: 'epoch',
  offer: 12,
  answers: '',
  name: 'Zoë',
}

describe('the MAC of a description', () => {
  const descriptionMac = new DescriptionMac(subtle, 'room', [key])
  const text = '9:vidchat 2,4:room,3:ann,3:bob,5:offer,5:epoch,2:12,0:,4:Zoë,7:v=0\r\nä,'

  it('is as in PROTOCOL.md, computed by another implementation', async () => {
    const hmac = createHmac('sha256', Buffer.from(hkdfSync('sha256', key, '', 'vidchat mac', 32)))
    const mac = hmac.update(text).digest('base64url')
    expect(await descriptionMac.sign(signed)).toBe(mac)
    expect(mac).toBe('kiGyCnoSZTSJyK-gDWpWuGuMeZr0ODa5G16Tt9KToEU')
  })

  it('depends on the password’s key as well', async () => {
    const secret = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)
    const both = Buffer.concat([key, secret])
    const hmac = createHmac('sha256', Buffer.from(hkdfSync('sha256', both, '', 'vidchat mac', 32)))
    const mac = await new DescriptionMac(subtle, 'room', [key, secret]).sign(signed)
    expect(mac).toBe(hmac.update(text).digest('base64url'))
  })

  it.each<[string, Partial<Signed>]>([
    ['another description', { description: { type: 'offer', sdp: 'v=0\r\nö' } }],
    ['another type', { description: { ...signed.description, type: 'answer' } }],
    ['another sender', { from: 'eve' }],
    ['another receiver', { to: 'eve' }],
    ['the other direction', { from: 'bob', to: 'ann' }],
    ['another epoch', { epoch: 'other' }],
    ['another number', { offer: 13 }],
    ['an answer to another', { answers: 'epoch' }],
    ['another name', { name: 'Eve' }],
    ['a name that takes in a field', { name: '', answers: 'Zoë' }],
  ])('is invalid with %s', async (_, change) => {
    const mac = await descriptionMac.sign(signed)
    expect(await descriptionMac.verify(signed, mac)).toBe(true)
    expect(await descriptionMac.verify({ ...signed, ...change }, mac)).toBe(false)
  })

  it('is invalid in another room, and under another key', async () => {
    const mac = await descriptionMac.sign(signed)
    const others = [
      new DescriptionMac(subtle, 'other', [key]),
      new DescriptionMac(subtle, 'room', [key.slice(1)]),
    ]
    for (const other of others) expect(await other.verify(signed, mac)).toBe(false)
  })

  it.each(['', '!', 'AAAA'])('is never %j', async (mac) => {
    expect(await descriptionMac.verify(signed, mac)).toBe(false)
  })
})

describe('verification without a key', () => {
  it('accepts what every parser reads alike, in the form that browsers write', async () => {
    const verification = new Verification(subtle, undefined)
    const payload = { sdp: offer, offer: 1 }
    expect(await verification.sign(payload, 'a', 'b', 'Ann')).toEqual(payload)
    const bare = { type: offer.type, sdp: offer.sdp.replaceAll('\r', '') }
    const verdict = await verification.verify({ sdp: bare, name: 'Eve' }, 'b', 'a')
    expect(verdict).toEqual({ name: 'accepted', description: offer })
  })
})

describe('verification', () => {
  it.each([true, false])('refuses what parsers read differently, with a key: %j', async (has) => {
    const verification = has ? keyed() : new Verification(subtle, undefined)
    const sdp = { ...offer, sdp: `${offer.sdp}a=FINGERPRINT:sha-256 CC:03\r\n` }
    const payload = await verification.sign({ sdp, offer: 1 }, 'ann', 'bob', '')
    expect(await verification.verify(payload, 'ann', 'bob')).toEqual({ name: 'refused' })
  })
})

describe('verification with a key', () => {
  const accepts = async (to: Verification, payload: DescriptionPayload) =>
    (await to.verify(payload, 'ann', 'bob')).name
  let offers = 0
  const offerBy = async (ann: Verification, number = ++offers) =>
    ann.sign({ sdp: offer, offer: number }, 'ann', 'bob', 'Ann')

  it('accepts what was signed, and has the name from it', async () => {
    const [ann, bob] = [keyed(), keyed()]
    const verdict = await bob.verify(await offerBy(ann), 'ann', 'bob')
    expect(verdict).toEqual({ name: 'accepted', description: offer, sender: 'Ann' })
    const reply = await bob.sign({ sdp: answer, offer: 1 }, 'bob', 'ann', 'Bob')
    expect(await ann.verify(reply, 'bob', 'ann')).toMatchObject({ name: 'accepted', sender: 'Bob' })
  })

  it.each(['mac', 'epoch', 'offer', 'answers', 'name', 'sdp'] as const)(
    'refuses it without, or with another, %s',
    async (field) => {
      const [ann, bob] = [keyed(), keyed()]
      const payload = await offerBy(ann)
      const other = { mac: 'AAAA', epoch: 'x', offer: 7, answers: 'x', name: 'Eve' }
      const sdp = { ...offer, sdp: `${offer.sdp}a=x\r\n` }
      expect(
        await accepts(bob, {
          ...payload,
          ...{ ...other, sdp },
          ...Object.fromEntries(Object.entries(payload).filter(([name]) => name !== field)),
        }),
      ).toBe('refused')
      if (field === 'sdp') return
      expect(await accepts(bob, { ...payload, [field]: undefined })).toBe('refused')
      expect(await accepts(bob, payload)).toBe('accepted')
    },
  )

  it('accepts an offer again, but none that was left behind', async () => {
    const [ann, bob] = [keyed(), keyed()]
    const [first, second] = [await offerBy(ann), await offerBy(ann)]
    expect(await accepts(bob, first)).toBe('accepted')
    expect(await accepts(bob, first)).toBe('accepted')
    expect(await accepts(bob, second)).toBe('accepted')
    expect(await accepts(bob, first)).toBe('outdated')
    expect(await accepts(bob, second)).toBe('accepted')
  })

  it('accepts the page after a reload, but nothing of the page before it', async () => {
    const [before, after, bob] = [keyed(), keyed(), keyed()]
    const old = await offerBy(before, 5)
    expect(await accepts(bob, old)).toBe('accepted')
    expect(await accepts(bob, await offerBy(after))).toBe('accepted')
    for (const late of [old, await offerBy(before, 6)])
      expect(await accepts(bob, late)).toBe('outdated')
    expect(await accepts(bob, await offerBy(after))).toBe('accepted')
  })

  it('does not take an answer to a page before a reload for one to this page', async () => {
    const [before, after, bob] = [keyed(), keyed(), keyed()]
    await bob.verify(await offerBy(before), 'ann', 'bob')
    const reply = await bob.sign({ sdp: answer, offer: 1 }, 'bob', 'ann', 'Bob')
    expect((await after.verify(reply, 'bob', 'ann')).name).toBe('outdated')
    expect((await before.verify(reply, 'bob', 'ann')).name).toBe('accepted')
  })

  it('remembers no endless number of reloads', async () => {
    const bob = keyed()
    const mac = new DescriptionMac(subtle, 'room', [key])
    let accepted = 0
    for (let number = 0; number < 1100; number++) {
      const epoch = String(number)
      const fields = { epoch, offer: 1, answers: '', name: '' }
      const text = { from: 'ann', to: 'bob', description: offer, ...fields }
      const verdict = await accepts(bob, { sdp: offer, ...fields, mac: await mac.sign(text) })
      if (verdict === 'accepted') accepted++
    }
    expect(accepted).toBe(1001)
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

describe('base64url', () => {
  it.each([[[]], [[255]], [[251, 239, 190]], [[0, 16, 131]]])('is decoded to %j again', (bytes) => {
    const text = base64url(Uint8Array.from(bytes))
    expect(text).toBe(Buffer.from(bytes).toString('base64url'))
    expect([...fromBase64url(text)]).toEqual(bytes)
  })
})
