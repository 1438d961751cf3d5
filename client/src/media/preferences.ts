/**
 * What is remembered between calls: the chosen devices, and the user's name; and
 * within one tab, whether the microphone, the camera and the others' video are off.
 */
import type { MediaKind } from 'vidchat-kit'
import type { DeviceKind } from './devices.ts'

type PreferenceStorage = Pick<Storage, 'getItem' | 'setItem'>

/** Without storage, choices last for one call. */
export class Preferences {
  readonly #storage: PreferenceStorage | undefined
  readonly #tabStorage: PreferenceStorage | undefined
  #suggestedName: string | undefined

  /** `tabStorage` outlasts a reload, but not the tab. */
  constructor(storage: PreferenceStorage | undefined, tabStorage?: PreferenceStorage) {
    this.#storage = storage
    this.#tabStorage = tabStorage
  }

  /** Whether the user wants the microphone or the camera on, or the others' video. */
  wanted(kind: MediaKind | 'others'): boolean {
    return read(this.#tabStorage, `off.${kind}`) !== 'yes'
  }

  setWanted(kind: MediaKind | 'others', wanted: boolean): void {
    write(this.#tabStorage, `off.${kind}`, wanted ? 'no' : 'yes')
  }

  device(kind: DeviceKind): string | undefined {
    return read(this.#storage, `device.${kind}`)
  }

  setDevice(kind: DeviceKind, id: string): void {
    write(this.#storage, `device.${kind}`, id)
  }

  /** What the user switched on or off; undefined if nothing. */
  choice(what: string): boolean | undefined {
    return { yes: true, no: false }[read(this.#storage, what) ?? '']
  }

  setChoice(what: string, on: boolean): void {
    write(this.#storage, what, on ? 'yes' : 'no')
  }

  /** The last one that was entered, or the one that a link suggests; '' if there is none. */
  get name(): string {
    return this.#suggestedName ?? read(this.#storage, 'name') ?? ''
  }

  /** The name in the link of this call, until the user enters one. */
  set suggestedName(name: string) {
    this.#suggestedName = name
  }

  set name(name: string) {
    this.#suggestedName = undefined
    write(this.#storage, 'name', name)
  }
}

function read(storage: PreferenceStorage | undefined, key: string): string | undefined {
  try {
    return storage?.getItem(`vidchat.${key}`) ?? undefined
  } catch {
    return undefined
  }
}

function write(storage: PreferenceStorage | undefined, key: string, value: string): void {
  try {
    storage?.setItem(`vidchat.${key}`, value)
  } catch {
    // The storage is full or blocked: the choice is not remembered.
  }
}
