/** Derives a proof for the server and a key for the peers from a call's password. */
import { base64url, concat, hex, utf8 } from './bytes.ts'

/** PBKDF2 iterations with SHA-256: the cost of one guess. */
const ITERATIONS = 600_000
/** Proof and key of 32 bytes each. */
const BITS = 512

/** What the keys depend on besides the password. */
export interface PasswordSalt {
  room: string
  key?: Uint8Array | undefined
  /** The start of a name that ends in a hash of the proof, so that no other opens the room. */
  prefix?: string | undefined
}

export interface PasswordKeys {
  /** The room that this password opens: another than was asked for if it is wrong. */
  room: string
  /** Proves to the server that we know the password, and reveals nothing about the key. */
  proof: string
  /** Never leaves the browser. */
  key: Uint8Array
}

/**
 * Takes about half a second, on purpose. The salt includes the link’s key, so nobody can
 * guess passwords by the name of the room alone.
 */
export async function derivePasswordKeys(
  subtle: SubtleCrypto | undefined,
  password: string,
  { room, key, prefix }: PasswordSalt,
): Promise<PasswordKeys> {
  if (!subtle) throw new Error('a password needs a secure page')
  const salt = prefix && key ? concat(utf8(prefix), key) : utf8(room)
  const base = await subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits'])
  const derivation = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ITERATIONS }
  const bytes = new Uint8Array(await subtle.deriveBits(derivation, base, BITS))
  const proof = base64url(bytes.slice(0, 32))
  const hash = hex(new Uint8Array(await subtle.digest('SHA-256', utf8(`vidchat proof\n${proof}`))))
  return {
    room: prefix ? `${prefix}-${hash.slice(0, 32)}` : room,
    proof,
    key: bytes.slice(32),
  }
}
