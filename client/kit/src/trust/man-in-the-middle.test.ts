// A server without the key tries to change, rename, repeat and reorder what it relays.
import { describe, expect, it } from 'vitest'
import type { Description, DescriptionPayload } from '../signaling/protocol.ts'
import { fingerprintLine } from '../../testing/fingerprint-line.ts'
import { base64url } from './bytes.ts'
import { DescriptionMac } from './description-mac.ts'
import { Verification } from './verification.ts'

const CALLS = 100
const { subtle } = crypto

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
const fingerprint = () => fingerprintLine(base64url(random(16)))
const newDescription = (type: 'offer' | 'answer'): Description => {
  const line = fingerprint()
  return { type, sdp: `v=0\r\nm=audio 9 X\r\n${line}\r\nm=video 9 X\r\n${line}\r\n` }
}

const change = (payload: DescriptionPayload, sdp: (text: string) => string) => ({
  ...payload,
  sdp: { ...payload.sdp, sdp: sdp(payload.sdp.sdp) },
})

function swapFingerprints(payload: DescriptionPayload): DescriptionPayload {
  const own = fingerprint()
  return change(payload, (text) => text.replace(/^a=fingerprint:.*$/gm, own))
}

type Attack = (
  payload: DescriptionPayload,
  other: DescriptionPayload,
) => Promise<DescriptionPayload> | DescriptionPayload

/** What the server can do to a description, knowing another one as well. */
const attacks: Record<string, Attack> = {
  'swaps the fingerprints': swapFingerprints,
  'and takes the MAC off': (payload) => ({ sdp: swapFingerprints(payload).sdp, offer: 1 }),
  'and takes the MAC of another': (payload, { mac }) => ({ ...swapFingerprints(payload), mac }),
  'and makes up a MAC': (payload) => ({
    ...swapFingerprints(payload),
    mac: base64url(random(32)),
  }),
  'and signs with another key': async (payload) => {
    const own = swapFingerprints(payload)
    const { epoch = '', offer = 0, answers = '', name = '' } = own
    const mac = new DescriptionMac(subtle, 'room', [random(16)])
    const fields = { from: 'ann', to: 'bob', description: own.sdp, epoch, offer, answers, name }
    return { ...own, mac: await mac.sign(fields) }
  },
  'adds a fingerprint': (payload) => change(payload, (text) => `${text}${fingerprint()}\r\n`),
  'adds one that only Firefox reads': (payload) =>
    change(payload, (text) => `${text}${fingerprint().replace('fingerprint', 'FINGERPRINT')}\r\n`),
  'adds a line': (payload) => change(payload, (text) => `${text}a=x\r\n`),
  'takes a line away': (payload) => change(payload, (text) => text.replace('v=0\r\n', '')),
  'changes line ends': (payload) => change(payload, (text) => text.replaceAll('\r', '')),
  'changes the name': (payload) => ({ ...payload, name: 'Eve' }),
  'changes the number': (payload) => ({ ...payload, offer: (payload.offer ?? 0) + 1 }),
  'changes the epoch': (payload) => ({ ...payload, epoch: base64url(random(16)) }),
  'returns the other description': (payload, other) => ({
    ...other,
    sdp: { ...other.sdp, type: payload.sdp.type },
  }),
}

/** How many of a call's two descriptions are accepted, with or without an attack. */
async function countAccepted(attack: Attack = (payload) => payload): Promise<number> {
  const key = random(16)
  const newVerification = () => new Verification(subtle, new DescriptionMac(subtle, 'room', [key]))
  const [ann, bob] = [newVerification(), newVerification()]
  const offer = await ann.sign({ sdp: newDescription('offer'), offer: 1 }, 'ann', 'bob', 'Ann')
  // A call with Bob as it would be, so that he can answer.
  const answering = newVerification()
  await answering.verify(offer, 'ann', 'bob')
  const answer = { sdp: newDescription('answer'), offer: 1 }
  const signed = await answering.sign(answer, 'bob', 'ann', 'Bob')
  const results = await Promise.all([
    bob.verify(await attack(offer, signed), 'ann', 'bob'),
    ann.verify(await attack(signed, offer), 'bob', 'ann'),
  ])
  return results.filter(({ name }) => name === 'accepted').length
}

describe('a server in the middle', () => {
  it(`that changes nothing breaks none of ${CALLS} calls`, async () => {
    const calls = await Promise.all(Array.from({ length: CALLS }, () => countAccepted()))
    expect(calls.filter((count) => count === 2)).toHaveLength(CALLS)
  })

  it.each(Object.entries(attacks))(
    'that %s has nothing accepted, in 20 calls',
    async (_, attack) => {
      const calls = await Promise.all(Array.from({ length: 20 }, () => countAccepted(attack)))
      expect(calls).toEqual(calls.map(() => 0))
    },
  )

  it('that says another id than the sender’s has nothing accepted', async () => {
    const key = random(16)
    const newVerification = () =>
      new Verification(subtle, new DescriptionMac(subtle, 'room', [key]))
    const ann = newVerification()
    const payload = await ann.sign({ sdp: newDescription('offer'), offer: 1 }, 'ann', 'bob', 'Ann')
    expect((await newVerification().verify(payload, 'eve', 'bob')).name).toBe('refused')
    expect((await newVerification().verify(payload, 'ann', 'cy')).name).toBe('refused')
    expect((await newVerification().verify(payload, 'ann', 'bob')).name).toBe('accepted')
  })
})
