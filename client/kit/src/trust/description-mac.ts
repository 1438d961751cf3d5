/**
 * Message authentication codes for session descriptions, under a key that the
 * server does not have. With them it cannot change a description, name its
 * sender, or deliver it in another order.
 */
import type { Description } from '../signaling/protocol.ts'
import { base64url, concat, fromBase64url, utf8 } from './bytes.ts'

const INFO = 'vidchat mac'
const VERSION = 'vidchat 2'

/** All that the MAC of a description covers. */
export interface Signed {
  /** The ids of the sender and the receiver. */
  from: string
  to: string
  description: Description
  /** The sender's epoch. */
  epoch: string
  /** The number of the offer, or of the one that is answered. */
  offer: number
  /** Of an answer, the epoch of whoever made the offer; '' for an offer. */
  answers: string
  /** The name the sender entered; '' if there is none. */
  name: string
}

/** Signs and verifies the descriptions of one call. */
export class DescriptionMac {
  readonly #subtle: SubtleCrypto
  readonly #room: string
  readonly #key: Promise<CryptoKey>

  /** `secrets` are what the participants share: the link's key, the password's key. */
  constructor(subtle: SubtleCrypto, room: string, secrets: Uint8Array[]) {
    this.#subtle = subtle
    this.#room = room
    this.#key = deriveKey(subtle, concat(...secrets))
  }

  async sign(signed: Signed): Promise<string> {
    const text = this.#text(signed)
    return base64url(new Uint8Array(await this.#subtle.sign('HMAC', await this.#key, text)))
  }

  /** Reports whether all of this is what the sender signed. */
  async verify(signed: Signed, mac: string): Promise<boolean> {
    try {
      const bytes = fromBase64url(mac)
      return await this.#subtle.verify('HMAC', await this.#key, bytes, this.#text(signed))
    } catch {
      return false // not base64url
    }
  }

  /** Netstrings: no text can be split into fields in two ways. */
  #text({ from, to, description, epoch, offer, answers, name }: Signed) {
    const { type, sdp } = description
    const fields = [VERSION, this.#room, from, to, type, epoch, String(offer), answers, name, sdp]
    return concat(
      ...fields.map(utf8).flatMap((field) => [utf8(`${field.length}:`), field, utf8(',')]),
    )
  }
}

async function deriveKey(
  subtle: SubtleCrypto,
  secret: Uint8Array<ArrayBuffer>,
): Promise<CryptoKey> {
  const base = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  return subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(INFO) },
    base,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  )
}
