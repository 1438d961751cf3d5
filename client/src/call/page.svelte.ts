/** The call page: which room its address names, and the call in it. */
import type { LocalMedia } from '../media/local-media.svelte.ts'
import { linkTo, newRoom, readHash } from '../room/room.ts'
import { Call, type CallWorld } from './call.svelte.ts'
import { isInCall } from './state.ts'

/** The browser's window, as far as the page needs it. */
export interface PageWorld {
  call: CallWorld
  location: Pick<Location, 'hash' | 'origin'>
  history: Pick<History, 'replaceState'>
  random: Pick<Crypto, 'getRandomValues'>
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
    return linkTo(this.#call.room, this.#world.location.origin)
  }

  /** The address names another room: leaves this one, and shows the way into that one. */
  readonly onHashChange = (): void => {
    const reading = readHash(this.#world.location.hash)
    if (reading.kind === 'room' && reading.room === this.#call.room) return
    this.#call.leave()
    this.#call = this.#open()
    this.#look()
  }

  /** The page goes away, perhaps into the browser's cache of pages. */
  readonly onPageHide = (): void => {
    const { name } = this.#call.state
    if (name === 'entering' || isInCall(this.#call.state)) this.leave()
  }

  readonly onNetworkChange = (): void => this.#call.reconnect()

  join(): void {
    this.#call.enter()
  }

  leave(): void {
    this.#call.leave()
    this.media.stop()
  }

  /** Back into the call that was left, with the devices as they were. */
  async rejoin(): Promise<void> {
    await this.media.start()
    this.#call.enter()
  }

  #look(): void {
    if (this.#call.state.name === 'lobby') void this.media.start()
  }

  #open(): Call {
    const { location, call: world, canCall } = this.#world
    const reading = readHash(location.hash)
    if (reading.kind === 'unusable') return new Call('', world, this.media, 'room-unusable')
    const room = reading.kind === 'room' ? reading.room : this.#makeRoom()
    return new Call(room, world, this.media, canCall ? undefined : 'browser-unsupported')
  }

  #makeRoom(): string {
    const room = newRoom(this.#world.random)
    this.#world.history.replaceState(null, '', `#${room}`)
    return room
  }
}
