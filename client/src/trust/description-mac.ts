/**
 * Descriptions carry an authentication code under a key that the server does
 * not have, so that it cannot put its own fingerprints into a call.
 */
import { fingerprintsOf } from '../rtc/description.ts'
import type { Description } from '../signaling/protocol.ts'
import { base64url, fromBase64url, joined, utf8 } from './bytes.ts'

const INFO = 'vidchat mac'

/** Writes and checks the codes of one call. */
export class Seal {
  readonly #subtle: SubtleCrypto
  readonly #room: string
  readonly #key: Promise<CryptoKey>

  /** `secrets` are what the members know: the link's key, the password's key. */
  constructor(subtle: SubtleCrypto, room: string, secrets: Uint8Array[]) {
    this.#subtle = subtle
    this.#room = room
    this.#key = deriveKey(subtle, joined(...secrets))
  }

  /** The code for a description of the member `from` to the member `to`. */
  async sign(description: Description, from: string, to: string): Promise<string> {
    const text = utf8(sealedText(this.#room, description, from, to))
    return base64url(new Uint8Array(await this.#subtle.sign('HMAC', await this.#key, text)))
  }

  /** Whether the description is what that member wrote to that one. */
  async verify(
    description: Description,
    mac: string | undefined,
    from: string,
    to: string,
  ): Promise<boolean> {
    try {
      const text = utf8(sealedText(this.#room, description, from, to))
      return await this.#subtle.verify('HMAC', await this.#key, fromBase64url(mac ?? ''), text)
    } catch {
      return false // no base64url at all
    }
  }
}

function sealedText(room: string, { type, sdp }: Description, from: string, to: string): string {
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
