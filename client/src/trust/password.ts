/** Derives a proof for the server and a key for the peers from a call's password. */
import { base64url, utf8 } from './bytes.ts'

/** PBKDF2 iterations with SHA-256: the cost of one guess. */
const ITERATIONS = 600_000
/** Proof and key of 32 bytes each. */
const BITS = 512

export interface PasswordKeys {
  /** Proves to the server that we know the password, and reveals nothing about the key. */
  proof: string
  /** Never leaves the browser. */
  key: Uint8Array
}

/** Takes about half a second, on purpose. */
export async function derivePasswordKeys(
  subtle: SubtleCrypto,
  password: string,
  room: string,
): Promise<PasswordKeys> {
  const base = await subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits'])
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt: utf8(room), iterations: ITERATIONS }
  const bytes = new Uint8Array(await subtle.deriveBits(derivation, base, BITS))
  return { proof: base64url(bytes.slice(0, 32)), key: bytes.slice(32) }
}
