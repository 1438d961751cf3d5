/**
 * Remembers in this tab what the password of a call opened, so that a reload asks for none.
 * The password itself is not kept, and nothing of it before it is known to be right or once the
 * call is over.
 */
import { base64url, fromBase64url } from '../trust/bytes.ts'
import type { PasswordKeys } from '../trust/password.ts'

export type OpenedKeys = Pick<PasswordKeys, 'proof' | 'key'>

type KeyStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** 32 bytes in base64url. */
const SECRET = /^[\w-]{43}$/

/** Uses sessionStorage. Without it, a reload asks for the password. */
export class PasswordStore {
  readonly #storage: KeyStorage | undefined

  constructor(storage: KeyStorage | undefined) {
    this.#storage = storage
  }

  get(room: string): OpenedKeys | undefined {
    try {
      const [proof = '', key = ''] = (this.#storage?.getItem(nameOf(room)) ?? '').split(' ')
      if (!SECRET.test(proof) || !SECRET.test(key)) return undefined
      return { proof, key: fromBase64url(key) }
    } catch {
      return undefined
    }
  }

  set(room: string, { proof, key }: OpenedKeys): void {
    try {
      this.#storage?.setItem(nameOf(room), `${proof} ${base64url(key)}`)
    } catch {
      // The storage is full or blocked: a reload asks for the password.
    }
  }

  forget(room: string): void {
    try {
      this.#storage?.removeItem(nameOf(room))
    } catch {
      // It is blocked, so nothing was kept.
    }
  }
}

const nameOf = (room: string) => `vidchat.password.${room}`
