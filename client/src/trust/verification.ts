/** Verifies that descriptions come unchanged from the participant the server names. */
import { isUnambiguous } from '../rtc/description.ts'
import type { Description, Payload } from '../signaling/protocol.ts'
import { DescriptionMac } from './description-mac.ts'
import { securityCode } from './security-code.ts'

/** What is known about the connection to one participant. */
export type VerificationStatus =
  | { name: 'pending' }
  /** Both have the call's key, and the descriptions arrived unchanged. */
  | { name: 'verified' }
  /** There is no key, but both can compare a code. */
  | { name: 'code'; code: string }
  /** There is no key, and no Web Crypto for a code: the page is insecure. */
  | { name: 'unavailable' }
  /** A description was changed on the way. */
  | { name: 'failed' }

/** Signs and verifies the descriptions of one call, with or without a key. */
export class Verification {
  readonly #subtle: SubtleCrypto | undefined
  readonly #mac: DescriptionMac | undefined

  /** `mac` if the call has a key; `subtle` if the page is secure. */
  constructor(subtle: SubtleCrypto | undefined, mac: DescriptionMac | undefined) {
    this.#subtle = subtle
    this.#mac = mac
  }

  /** The verification of a call whose participants share `secrets`, if there are any. */
  static of(subtle: SubtleCrypto | undefined, room: string, secrets: Uint8Array[]): Verification {
    const hasKey = subtle && secrets.length > 0
    return new Verification(subtle, hasKey ? new DescriptionMac(subtle, room, secrets) : undefined)
  }

  /** Whether the call has a key, without which no description is rejected. */
  get hasKey(): boolean {
    return this.#mac !== undefined
  }

  /** The payload with the MAC of its description, if there is a key. */
  async sign(payload: Payload, from: string, to: string): Promise<Payload> {
    if (!this.#mac || !('sdp' in payload)) return payload
    return { ...payload, mac: await this.#mac.sign(payload.sdp, from, to) }
  }

  /** Reports whether a description may be used. What is verified has to be what the browser reads. */
  async verify(
    description: Description,
    mac: string | undefined,
    from: string,
    to: string,
  ): Promise<boolean> {
    if (!isUnambiguous(description.sdp)) return false
    return this.#mac ? this.#mac.verify(description, mac, from, to) : true
  }

  /** The status of a connection once both of its descriptions are accepted. */
  async statusOf(localSdp: string, remoteSdp: string): Promise<VerificationStatus> {
    if (this.#mac) return { name: 'verified' }
    if (!this.#subtle) return { name: 'unavailable' }
    return { name: 'code', code: await securityCode(this.#subtle, localSdp, remoteSdp) }
  }
}
