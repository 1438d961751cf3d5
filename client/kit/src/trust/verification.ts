/** Verifies that descriptions come unchanged, and in order, from the participant the server names. */
import type { Description, DescriptionPayload } from '../signaling/protocol.ts'
import { base64url } from './bytes.ts'
import { canonical } from './canonical.ts'
import { DescriptionMac } from './description-mac.ts'
import { Sequence } from './sequence.ts'

/** What is known about the connection to one participant. */
export type VerificationStatus =
  | { name: 'pending' }
  /** Both have the call's key, the descriptions arrived unchanged, and the certificate is theirs. */
  | { name: 'verified' }
  /** There is no key, but both can compare a code. */
  | { name: 'code'; code: string }
  /** There is no key, and no code: the page is insecure, or the other one makes no codes. */
  | { name: 'unavailable'; reason: 'insecure' | 'no-code' }
  /** A description was changed on the way, or the certificate is another one. */
  | { name: 'failed' }

/**
 * Reports whether the checks of the connection are over and found nothing wrong. Before
 * that, nothing is said or heard: it may lead to somebody else.
 */
export function isChecked({ name }: VerificationStatus): boolean {
  return name === 'verified' || name === 'code' || name === 'unavailable'
}

/** What to do with a description. */
export type Verdict =
  /** Use it in this form. With a key, `name` is what its sender entered. */
  | { name: 'accepted'; description: Description; sender?: string }
  /** It is authentic, but its sender has sent something newer, or it answers an earlier page. */
  | { name: 'outdated' }
  /** It was changed on the way, or does not come from someone with the key. */
  | { name: 'refused' }

/** What a keyless call reveals to someone who then breaks off, in tries. */
const MAX_UNFINISHED_CODES = 10

/** Signs and verifies the descriptions of one call, with or without a key. */
export class Verification {
  readonly subtle: SubtleCrypto | undefined
  /** How often the exchange of a security code may still be left unfinished. */
  readonly codes = { left: MAX_UNFINISHED_CODES }
  readonly #mac: DescriptionMac | undefined
  readonly #sequence = new Sequence()
  /** Tells our descriptions from those of this seat before a reload. */
  readonly #epoch = base64url(crypto.getRandomValues(new Uint8Array(16)))

  /** `mac` if the call has a key; `subtle` if the page is secure. */
  constructor(subtle: SubtleCrypto | undefined, mac: DescriptionMac | undefined) {
    this.subtle = subtle
    this.#mac = mac
  }

  /** The verification of a call whose participants share `secrets`, if there are any. */
  static of(subtle: SubtleCrypto | undefined, room: string, secrets: Uint8Array[]): Verification {
    const hasKey = subtle && secrets.length > 0
    return new Verification(subtle, hasKey ? new DescriptionMac(subtle, room, secrets) : undefined)
  }

  /** Whether the call has a key. */
  get hasKey(): boolean {
    return this.#mac !== undefined
  }

  /** The payload with the MAC of its description, if there is a key. */
  async sign(
    payload: DescriptionPayload,
    from: string,
    to: string,
    name: string,
  ): Promise<DescriptionPayload> {
    const { sdp, offer } = payload
    if (!this.#mac || offer === undefined) return payload
    const epoch = this.#epoch
    const answers = sdp.type === 'answer' ? this.#sequence.epochOf(to) : ''
    const signed = { from, to, description: sdp, epoch, offer, answers, name }
    return { sdp, offer, epoch, answers, name, mac: await this.#mac.sign(signed) }
  }

  /** Decides about a description. What is verified has to be what the browser reads. */
  async verify(payload: DescriptionPayload, from: string, to: string): Promise<Verdict> {
    const { type, sdp } = payload.sdp
    const text = canonical(sdp)
    if (text === undefined) return { name: 'refused' }
    const description = { type, sdp: text }
    if (!this.#mac) return { name: 'accepted', description }
    const { mac, epoch, offer, answers, name } = payload
    if (!mac || !epoch || !offer || answers === undefined || name === undefined) {
      return { name: 'refused' }
    }
    const signed = { from, to, description: payload.sdp, epoch, offer, answers, name }
    if (!(await this.#mac.verify(signed, mac))) return { name: 'refused' }
    const current =
      type === 'offer'
        ? this.#sequence.acceptOffer(from, epoch, offer)
        : answers === this.#epoch && this.#sequence.accept(from, epoch)
    return current ? { name: 'accepted', description, sender: name } : { name: 'outdated' }
  }
}
