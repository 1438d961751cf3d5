/** The browser's devices, and the choices remembered among them. */

export type DeviceKind = 'audioinput' | 'videoinput' | 'audiooutput'

export type Devices = Record<DeviceKind, MediaDeviceInfo[]>

export const NO_DEVICES: Devices = { audioinput: [], videoinput: [], audiooutput: [] }

/** Sorts devices by kind, leaving out those the browser does not name yet. */
export function sortDevices(list: MediaDeviceInfo[]): Devices {
  const named = list.filter((device) => device.deviceId !== '')
  const of = (kind: DeviceKind) => named.filter((device) => device.kind === kind)
  return {
    audioinput: of('audioinput'),
    videoinput: of('videoinput'),
    audiooutput: of('audiooutput'),
  }
}

/** Remembers choices between calls, and one's name. A storage that is closed to us just forgets. */
export class Preferences {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'> | undefined

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined) {
    this.#storage = storage
  }

  device(kind: DeviceKind): string | undefined {
    return this.#read(`device.${kind}`)
  }

  chooseDevice(kind: DeviceKind, id: string): void {
    this.#write(`device.${kind}`, id)
  }

  /** What we are called in calls; '' if we do not say. */
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
      // Full or forbidden: the choice holds for this call only.
    }
  }
}
