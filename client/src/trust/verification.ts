/** Whether what the server brings comes from the one it names. */
import type { Description, Payload } from '../signaling/protocol.ts'
import { codeOf } from './security-code.ts'
import type { Seal } from './description-mac.ts'

/** What is known of the way between us and somebody else. */
export type Trust =
  | { name: 'pending' }
  /** Both have the key of the call, and nobody between them changed anything. */
  | { name: 'verified' }
  /** There is no key: six digits that are the same on both sides, to be compared aloud. */
  | { name: 'code'; code: string }
  /** There is no key, and the browser gives an insecure page no means for a code. */
  | { name: 'unknowable' }
  /** Somebody between us changed a description. */
  | { name: 'failed' }

/** Seals and checks for one call, with a key or without one. */
export class Vouching {
  readonly #subtle: SubtleCrypto | undefined
  readonly #seal: Seal | undefined

  /** `seal` where the call has a key; `subtle` where the page is secure. */
  constructor(subtle: SubtleCrypto | undefined, seal: Seal | undefined) {
    this.#subtle = subtle
    this.#seal = seal
  }

  /** Whether there is a key that a description could fail. */
  get keyed(): boolean {
    return this.#seal !== undefined
  }

  /** The payload as it travels. */
  async sealed(payload: Payload, from: string, to: string): Promise<Payload> {
    if (!this.#seal || !('sdp' in payload)) return payload
    return { ...payload, mac: await this.#seal.sign(payload.sdp, from, to) }
  }

  /** Whether a description may be used. */
  async accepts(
    description: Description,
    mac: string | undefined,
    from: string,
    to: string,
  ): Promise<boolean> {
    return this.#seal ? this.#seal.verify(description, mac, from, to) : true
  }

  /** What two accepted descriptions are worth. */
  async judge(ours: string, theirs: string): Promise<Trust> {
    if (this.#seal) return { name: 'verified' }
    if (!this.#subtle) return { name: 'unknowable' }
    return { name: 'code', code: await codeOf(this.#subtle, ours, theirs) }
  }
}
