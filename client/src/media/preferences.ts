/** What is remembered between calls: the chosen devices, and the user's name. */
import type { DeviceKind } from './devices.ts'

/** Without storage, choices last for one call. */
export class Preferences {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'> | undefined

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined) {
    this.#storage = storage
  }

  device(kind: DeviceKind): string | undefined {
    return this.#read(`device.${kind}`)
  }

  setDevice(kind: DeviceKind, id: string): void {
    this.#write(`device.${kind}`, id)
  }

  /** '' if the user entered none. */
  get name(): string {
    return this.#read('name') ?? ''
  }

  set name(name: string) {
    this.#write('name', name)
  }

  #read(key: string): string | undefined {
    try {
      return this.#storage?.getItem(`vidchat.${key}`) ?? undefined
    } catch {
      return undefined
    }
  }

  #write(key: string, value: string): void {
    try {
      this.#storage?.setItem(`vidchat.${key}`, value)
    } catch {
      // The storage is full or blocked: the choice is not remembered.
    }
  }
}
