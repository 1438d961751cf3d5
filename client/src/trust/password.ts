/** What a call's password becomes: a proof for the server, and a key that stays here. */
import { base64url, utf8 } from './bytes.ts'

/** The cost of one guess: rounds of PBKDF2 with SHA-256. */
const ROUNDS = 600_000
/** The proof and the key, of 32 bytes each. */
const BITS = 512

export interface PasswordKeys {
  /** Shows the server that the password is known, and tells it nothing else. */
  proof: string
  /** Never leaves the browser. */
  key: Uint8Array
}

/** Takes about half a second, on purpose. */
export async function derivePassword(
  subtle: SubtleCrypto,
  password: string,
  room: string,
): Promise<PasswordKeys> {
  const base = await subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits'])
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt: utf8(room), iterations: ROUNDS }
  const bytes = new Uint8Array(await subtle.deriveBits(derivation, base, BITS))
  return { proof: base64url(bytes.slice(0, 32)), key: bytes.slice(32) }
}
