/** What the participants of a call share, and the verification that is made of it. */
import type { PasswordKeys } from '../trust/password.ts'
import type { Verification } from '../trust/verification.ts'
import { passwordPrefix, type CallLink } from './call-link.ts'
import { loadParts } from './load-parts.ts'
import type { OpenedKeys, PasswordStore } from './password-store.ts'

/** What the password of a call opens, as far as the link shows it. */
export interface PasswordTry extends PasswordKeys {
  /** The link that the password opens, which is no draft any more. */
  link: CallLink
  /** Whether the link shows that the password is wrong. Links of an older form never do. */
  isWrong: boolean
}

export class CallTrust {
  readonly #subtle: SubtleCrypto | undefined
  readonly #passwords: PasswordStore
  #room = ''
  #secrets: Uint8Array[] = []
  /** What the last password opened. */
  #opened: OpenedKeys | undefined
  #verification: Promise<Verification> | undefined

  /** `subtle` if the page is secure. */
  constructor(subtle: SubtleCrypto | undefined, passwords: PasswordStore) {
    this.#subtle = subtle
    this.#passwords = passwords
  }

  /** Uses what the password opened before a reload. Returns the proof, if it is known. */
  recall(link: CallLink): string | undefined {
    const known = link.password ? this.#passwords.get(link.room) : undefined
    if (known) this.use(link, [known.key])
    this.#opened = known
    return known?.proof
  }

  async tryPassword(link: CallLink, password: string): Promise<PasswordTry> {
    const { derivePasswordKeys } = await loadParts()
    const salt = { ...link, prefix: passwordPrefix(link) }
    const keys = await derivePasswordKeys(this.#subtle, password, salt)
    const completed = { ...link, room: keys.room, draft: false }
    const isWrong = !link.draft && keys.room !== link.room
    if (!isWrong) this.#opened = keys
    return { ...keys, link: completed, isWrong }
  }

  /** The password was right: a reload asks for none. */
  remember({ room }: CallLink): void {
    if (this.#opened) this.#passwords.set(room, this.#opened)
  }

  /** A reload asks for the password. Within this page, it is not asked for again. */
  forget({ room }: CallLink): void {
    this.#passwords.forget(room)
  }

  /** From now on the call is that of this link, and these are shared beside the link's key. */
  use({ room, key }: CallLink, secrets: Uint8Array[]): void {
    this.#room = room
    this.#secrets = key ? [key, ...secrets] : secrets
    this.#verification = undefined
  }

  /** The same for the whole call. If it cannot be loaded, the next time tries again. */
  verification(): Promise<Verification> {
    const [room, secrets] = [this.#room, this.#secrets]
    this.#verification ??= loadParts()
      .then(({ Verification }) => Verification.of(this.#subtle, room, secrets))
      .catch((error: unknown) => {
        this.#verification = undefined
        throw error
      })
    return this.#verification
  }
}
