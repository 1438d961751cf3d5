// A server in the middle of a hundred calls, which has no key, and wants its own
// fingerprints in them.
import { describe, expect, it } from 'vitest'
import type { Description, Payload } from '../signaling/protocol.ts'
import { base64url } from './bytes.ts'
import { codeOf } from './security-code.ts'
import { Seal } from './description-mac.ts'
import { Vouching } from './verification.ts'

const CALLS = 100
const { subtle } = crypto

type Sealed = { sdp: Description; mac: string }

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
const fingerprint = () => {
  const bytes = Array.from(random(32), (byte) => byte.toString(16).padStart(2, '0'))
  return `a=fingerprint:sha-256 ${bytes.join(':').toUpperCase()}`
}
const sdpOf = (lines: string) => `v=0\r\nm=audio 9 X\r\n${lines}\r\nm=video 9 X\r\n${lines}\r\n`
const describedBy = (type: 'offer' | 'answer'): Description => ({
  type,
  sdp: sdpOf(fingerprint()),
})

function swapped({ type, sdp }: Description): Description {
  const own = fingerprint()
  return { type, sdp: sdp.replace(/^a=fingerprint:.*$/gm, own) }
}

/** What the middle can do to a description; it has seen what both sides sealed. */
const deeds: ((sealed: Sealed, other: Sealed) => Promise<Partial<Sealed>>)[] = [
  async ({ sdp, mac }) => ({ sdp: swapped(sdp), mac }),
  async ({ sdp }) => ({ sdp: swapped(sdp) }),
  async ({ sdp }, { mac }) => ({ sdp: swapped(sdp), mac }),
  async ({ sdp }) => ({ sdp: swapped(sdp), mac: base64url(random(32)) }),
  async ({ sdp }) => {
    const own = swapped(sdp)
    return { sdp: own, mac: await new Seal(subtle, 'room', [random(16)]).sign(own, 'ann', 'bob') }
  },
  async ({ sdp, mac }) => ({ sdp: { ...sdp, sdp: sdp.sdp + fingerprint() + '\r\n' }, mac }),
  async ({ sdp }, other) => ({ sdp: { ...other.sdp, type: sdp.type }, mac: other.mac }),
]

function sealed(payload: Payload): Sealed {
  if (!('sdp' in payload) || payload.mac === undefined) throw new Error('not sealed')
  return { sdp: payload.sdp, mac: payload.mac }
}

/** How many of the two descriptions of a call arrive, as they were or after a deed. */
async function accepted(deed?: (typeof deeds)[number]): Promise<number> {
  const key = random(16)
  const [ann, bob] = [0, 1].map(() => new Vouching(subtle, new Seal(subtle, 'room', [key])))
  if (!ann || !bob) throw new Error('nobody is there')
  const offer = sealed(await ann.sealed({ sdp: describedBy('offer') }, 'ann', 'bob'))
  const answer = sealed(await bob.sealed({ sdp: describedBy('answer') }, 'bob', 'ann'))
  const came: Partial<Sealed> = deed ? await deed(offer, answer) : offer
  const back: Partial<Sealed> = deed ? await deed(answer, offer) : answer
  const results = await Promise.all([
    bob.accepts(came.sdp ?? offer.sdp, came.mac, 'ann', 'bob'),
    ann.accepts(back.sdp ?? answer.sdp, back.mac, 'bob', 'ann'),
  ])
  return results.filter((genuine) => genuine).length
}

describe('a server in the middle', () => {
  it(`that changes nothing is not noticed in ${CALLS} calls`, async () => {
    const calls = await Promise.all(Array.from({ length: CALLS }, () => accepted()))
    expect(calls.filter((count) => count === 2)).toHaveLength(CALLS)
  })

  it(`that swaps fingerprints is detected in ${CALLS} of ${CALLS} calls, both ways`, async () => {
    const calls = Array.from({ length: CALLS }, (_, call) => accepted(deeds[call % deeds.length]))
    expect((await Promise.all(calls)).filter((count) => count === 0)).toHaveLength(CALLS)
  })

  it(`that swaps them where there is no key makes ${CALLS} of ${CALLS} codes differ`, async () => {
    const differ = async () => {
      const [offer, answer] = [describedBy('offer'), describedBy('answer')]
      const ours = await codeOf(subtle, offer.sdp, swapped(answer).sdp)
      return ours !== (await codeOf(subtle, swapped(offer).sdp, answer.sdp))
    }
    const calls = await Promise.all(Array.from({ length: CALLS }, differ))
    expect(calls.filter((differs) => differs)).toHaveLength(CALLS)
  })
})
