/** What the participants of a call share, and the verification that is made of it. */
import { loadTrust } from '../trust/load.ts'
import type { PasswordKeys } from '../trust/password.ts'
import type { Verification } from '../trust/verification.ts'
import type { CallLink } from './call-link.ts'

export class CallTrust {
  readonly #link: CallLink
  readonly #subtle: SubtleCrypto | undefined
  #secrets: Uint8Array[] = []
  #verification: Promise<Verification> | undefined

  /** `subtle` if the page is secure. */
  constructor(link: CallLink, subtle: SubtleCrypto | undefined) {
    this.#link = link
    this.#subtle = subtle
  }

  async deriveKeys(password: string): Promise<PasswordKeys> {
    const { derivePasswordKeys } = await loadTrust()
    if (!this.#subtle) throw new Error('a password needs a secure page')
    return derivePasswordKeys(this.#subtle, password, this.#link.room)
  }

  /** From now on these are shared beside the link's key. */
  use(secrets: Uint8Array[]): void {
    const { key } = this.#link
    this.#secrets = key ? [key, ...secrets] : secrets
    this.#verification = undefined
  }

  /** The same for the whole call. If it cannot be loaded, the next time tries again. */
  verification(): Promise<Verification> {
    const [room, secrets] = [this.#link.room, this.#secrets]
    this.#verification ??= loadTrust()
      .then(({ Verification }) => Verification.of(this.#subtle, room, secrets))
      .catch((error: unknown) => {
        this.#verification = undefined
        throw error
      })
    return this.#verification
  }
}
