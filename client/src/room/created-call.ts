/**
 * Remembers the password-protected call that was just created in this tab, so that
 * the call page can ask its creator to choose a password instead of to enter one.
 */
const KEY = 'vidchat.created'

export type CreatedStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** Without storage, the page does not know who created the call. */
export class CreatedCall {
  readonly #storage: () => CreatedStorage

  /** `storage` may throw, as browsers do that block site data. */
  constructor(storage: () => CreatedStorage) {
    this.#storage = storage
  }

  remember(room: string): void {
    this.#try((storage) => storage.setItem(KEY, room))
  }

  /** Reports whether this tab created the call, and nobody has joined it here since. */
  is(room: string): boolean {
    return this.#try((storage) => storage.getItem(KEY)) === room
  }

  forget(): void {
    this.#try((storage) => storage.removeItem(KEY))
  }

  #try<Result>(use: (storage: CreatedStorage) => Result): Result | undefined {
    try {
      return use(this.#storage())
    } catch {
      return undefined
    }
  }
}
