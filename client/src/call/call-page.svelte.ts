/** The call page: which room its address names, and the call in it. */
import type { Preferences } from '../media/devices.ts'
import type { LocalMedia } from '../media/local-media.svelte.ts'
import { fragmentOf, linkTo, newAddress, readHash, type Address } from '../room/call-link.ts'
import { Call, type CallWorld } from '../room/call.svelte.ts'
import { isBound, isOutside, type Obstacle } from '../room/call-state.ts'

/** The browser's window, as far as the page needs it. */
export interface PageWorld {
  call: CallWorld
  location: Pick<Location, 'hash' | 'origin'>
  history: Pick<History, 'replaceState'>
  navigator: Pick<Navigator, 'onLine'>
  random: Pick<Crypto, 'getRandomValues'>
  preferences: Preferences
  canCall: boolean
}

export class CallPage {
  readonly media: LocalMedia
  readonly #world: PageWorld
  #call: Call

  constructor(world: PageWorld, media: LocalMedia) {
    this.#world = world
    this.media = media
    this.#call = $state.raw(this.#open())
    media.events = {
      track: (kind, track) => this.#call.send(kind, track),
      presence: () => this.#call.announce(),
    }
    this.#look()
  }

  get call(): Call {
    return this.#call
  }

  /** The link that leads others here. */
  get link(): string {
    return linkTo(this.#call.address, this.#world.location.origin)
  }

  /** What we were called in the last call; '' if we did not say. */
  get name(): string {
    return this.#world.preferences.name
  }

  /** The address names another room: leaves this one, and shows the way into that one. */
  readonly onHashChange = (): void => {
    const reading = readHash(this.#world.location.hash)
    if (reading.kind === 'room' && fragmentOf(reading) === fragmentOf(this.#call.address)) return
    this.#call.leave()
    this.#call = this.#open()
    this.#look()
  }

  /** The page goes away, perhaps into the browser's cache of pages. */
  readonly onPageHide = (): void => {
    if (isBound(this.#call.state)) this.leave()
  }

  /** Another network, or none: then an offer of another path would reach nobody. */
  readonly onNetworkChange = (): void => {
    if (this.#world.navigator.onLine) this.#call.reconnect()
    else this.#call.doubt()
  }

  join(name = this.name, password = ''): void {
    this.#world.preferences.name = name
    this.#call.enter({ name, password })
  }

  leave(): void {
    this.#call.leave()
    this.media.stop()
  }

  /** Back into the call that was left, with the devices as they were. */
  async rejoin(): Promise<void> {
    await this.media.start()
    this.join()
  }

  #look(): void {
    if (isOutside(this.#call.state)) void this.media.start()
  }

  #open(): Call {
    const { location, call: world } = this.#world
    const reading = readHash(location.hash)
    if (reading.kind === 'unusable') {
      return new Call({ room: '', password: false }, world, this.media, 'room-unusable')
    }
    const address = reading.kind === 'room' ? reading : this.#makeRoom()
    return new Call(address, world, this.media, this.#obstacle(address))
  }

  #obstacle({ key, password }: Address): Obstacle | undefined {
    if (!this.#world.canCall) return 'browser-unsupported'
    return (key || password) && !this.#world.call.subtle ? 'insecure' : undefined
  }

  #makeRoom(): Address {
    const { random, history, call } = this.#world
    const secure = call.subtle !== undefined
    const address = newAddress({ random, password: false, secure })
    history.replaceState(null, '', `#${fragmentOf(address)}`)
    return address
  }
}
