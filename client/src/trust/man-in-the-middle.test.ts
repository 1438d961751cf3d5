// A server without the key tries to put its own fingerprints into a hundred calls.
import { describe, expect, it } from 'vitest'
import type { Description, Payload } from '../signaling/protocol.ts'
import { base64url } from './bytes.ts'
import { DescriptionMac } from './description-mac.ts'
import { securityCode } from './security-code.ts'
import { Verification } from './verification.ts'

const CALLS = 100
const { subtle } = crypto

type Signed = { sdp: Description; mac: string }

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
const fingerprint = () => {
  const bytes = Array.from(random(32), (byte) => byte.toString(16).padStart(2, '0'))
  return `a=fingerprint:sha-256 ${bytes.join(':').toUpperCase()}`
}
const sdpOf = (lines: string) => `v=0\r\nm=audio 9 X\r\n${lines}\r\nm=video 9 X\r\n${lines}\r\n`
const newDescription = (type: 'offer' | 'answer'): Description => ({
  type,
  sdp: sdpOf(fingerprint()),
})

function swapFingerprints({ type, sdp }: Description): Description {
  const own = fingerprint()
  return { type, sdp: sdp.replace(/^a=fingerprint:.*$/gm, own) }
}

/** What the server can do to a description, knowing both signed descriptions. */
const attacks: ((signed: Signed, other: Signed) => Promise<Partial<Signed>>)[] = [
  async ({ sdp, mac }) => ({ sdp: swapFingerprints(sdp), mac }),
  async ({ sdp }) => ({ sdp: swapFingerprints(sdp) }),
  async ({ sdp }, { mac }) => ({ sdp: swapFingerprints(sdp), mac }),
  async ({ sdp }) => ({ sdp: swapFingerprints(sdp), mac: base64url(random(32)) }),
  async ({ sdp }) => {
    const own = swapFingerprints(sdp)
    const mac = new DescriptionMac(subtle, 'room', [random(16)])
    return { sdp: own, mac: await mac.sign(own, 'ann', 'bob') }
  },
  async ({ sdp, mac }) => ({ sdp: { ...sdp, sdp: sdp.sdp + fingerprint() + '\r\n' }, mac }),
  async ({ sdp }, other) => ({ sdp: { ...other.sdp, type: sdp.type }, mac: other.mac }),
]

function signed(payload: Payload): Signed {
  if (!('sdp' in payload) || payload.mac === undefined) throw new Error('not signed')
  return { sdp: payload.sdp, mac: payload.mac }
}

/** How many of a call's two descriptions are accepted, with or without an attack. */
async function countAccepted(attack?: (typeof attacks)[number]): Promise<number> {
  const key = random(16)
  const newVerification = () => new Verification(subtle, new DescriptionMac(subtle, 'room', [key]))
  const [ann, bob] = [newVerification(), newVerification()]
  const offer = signed(await ann.sign({ sdp: newDescription('offer') }, 'ann', 'bob'))
  const answer = signed(await bob.sign({ sdp: newDescription('answer') }, 'bob', 'ann'))
  const toBob: Partial<Signed> = attack ? await attack(offer, answer) : offer
  const toAnn: Partial<Signed> = attack ? await attack(answer, offer) : answer
  const results = await Promise.all([
    bob.verify(toBob.sdp ?? offer.sdp, toBob.mac, 'ann', 'bob'),
    ann.verify(toAnn.sdp ?? answer.sdp, toAnn.mac, 'bob', 'ann'),
  ])
  return results.filter((accepted) => accepted).length
}

describe('a server in the middle', () => {
  it(`that changes nothing breaks none of ${CALLS} calls`, async () => {
    const calls = await Promise.all(Array.from({ length: CALLS }, () => countAccepted()))
    expect(calls.filter((count) => count === 2)).toHaveLength(CALLS)
  })

  it(`that swaps fingerprints is detected in ${CALLS} of ${CALLS} calls, both ways`, async () => {
    const calls = Array.from({ length: CALLS }, (_, call) =>
      countAccepted(attacks[call % attacks.length]),
    )
    expect((await Promise.all(calls)).filter((count) => count === 0)).toHaveLength(CALLS)
  })

  it(`that swaps them in calls without a key makes ${CALLS} of ${CALLS} codes differ`, async () => {
    const differ = async () => {
      const [offer, answer] = [newDescription('offer'), newDescription('answer')]
      const ann = await securityCode(subtle, offer.sdp, swapFingerprints(answer).sdp)
      const bob = await securityCode(subtle, swapFingerprints(offer).sdp, answer.sdp)
      return ann !== bob
    }
    const calls = await Promise.all(Array.from({ length: CALLS }, differ))
    expect(calls.filter((differs) => differs)).toHaveLength(CALLS)
  })
})
