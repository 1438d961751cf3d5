/**
 * The hash of a file, which is read and written in blocks: SHA-256 over the SHA-256 of
 * each block. Browsers cannot hash a file that is too large for the memory at once.
 */
import { hex } from 'vidchat-kit'

/** All blocks but the last one have this length, in bytes. */
export const BLOCK = 1_048_576

const HASH_BYTES = 32

export class BlockHash {
  readonly #digests: (Promise<ArrayBuffer> | undefined)[] = []

  /** Adds the block that begins at this byte; a block that is known already is not read again. */
  add(at: number, block: Uint8Array<ArrayBuffer>): void {
    const digest = (this.#digests[at / BLOCK] ??= crypto.subtle.digest('SHA-256', block))
    digest.catch(() => undefined) // told by `root`
  }

  /** Of all blocks, in lower-case hex digits. */
  async root(): Promise<string> {
    const digests = await Promise.all(this.#digests)
    const all = new Uint8Array(digests.length * HASH_BYTES)
    digests.forEach(
      (digest, index) => digest && all.set(new Uint8Array(digest), index * HASH_BYTES),
    )
    return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', all)))
  }
}
