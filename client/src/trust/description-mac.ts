/**
 * Message authentication codes for session descriptions, under a key that the
 * server does not have. With them it cannot put its own fingerprints into a call.
 */
import { fingerprintsOf } from '../rtc/description.ts'
import type { Description } from '../signaling/protocol.ts'
import { base64url, concat, fromBase64url, utf8 } from './bytes.ts'

const INFO = 'vidchat mac'

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

  /** The MAC of a description sent by `from` to `to`. */
  async sign(description: Description, from: string, to: string): Promise<string> {
    const text = utf8(signedText(this.#room, description, from, to))
    return base64url(new Uint8Array(await this.#subtle.sign('HMAC', await this.#key, text)))
  }

  /** Reports whether the description is what `from` sent to `to`. */
  async verify(
    description: Description,
    mac: string | undefined,
    from: string,
    to: string,
  ): Promise<boolean> {
    try {
      const text = utf8(signedText(this.#room, description, from, to))
      return await this.#subtle.verify('HMAC', await this.#key, fromBase64url(mac ?? ''), text)
    } catch {
      return false // not base64url
    }
  }
}

function signedText(room: string, { type, sdp }: Description, from: string, to: string): string {
  return ['vidchat 1', room, from, to, type, fingerprintsOf(sdp)].join('\n')
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
