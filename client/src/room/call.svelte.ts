/**
 * The call: one class that owns its state. Signaling, the other members and the
 * local media report to it; views draw what it says.
 */
import type { Clock } from '../rtc/clock.ts'
import type { IceServers, Relay } from '../rtc/ice-servers.ts'
import { rungFor } from '../rtc/video-quality.ts'
import type { Kind } from '../rtc/peer.ts'
import type { Address } from './call-link.ts'
import type {
  Entry,
  Knock,
  OpenSignaling,
  Payload,
  Refusal,
  Signaling,
  SignalingEvents,
  Wish,
} from '../signaling/protocol.ts'
import { derivePassword } from '../trust/password.ts'
import { Seal } from '../trust/description-mac.ts'
import { Vouching } from '../trust/verification.ts'
import { stateIn } from './derive-call-state.ts'
import { Doorstep, relock, type Door } from './waiting-room.ts'
import { Member, type Outgoing } from './participant.svelte.ts'
import { watchSpeaker } from './active-speaker.ts'
import { isInCall, type CallState, type Line, type Obstacle } from './call-state.ts'

/** What the call needs of the world. */
export interface CallWorld {
  openSignaling: OpenSignaling
  createPeerConnection(servers: RTCIceServer[]): RTCPeerConnection
  createStream(): MediaStream
  iceServers: IceServers
  clock: Clock
  /** Undefined on insecure pages. */
  subtle: SubtleCrypto | undefined
}

/** What we say of ourselves when we enter. */
export interface Introduction {
  name: string
  password: string
}

/** Seats of a call that was started here, and of one that anybody may have named. */
const SEATS = { ours: 8, bare: 2 }
/** What was refused during a call is asked for again after, in ms. */
const ASK_AGAIN = 3000
/** Who was refused at the door during a call does not knock again at once, in ms. */
const DENIED_PAUSE = 60_000
/** Who is alone with one other needs no sign of who speaks. */
const MANY = 2

export class Call {
  readonly address: Address
  readonly #world: CallWorld
  readonly #media: Outgoing
  readonly #doorstep: Doorstep
  #state = $state.raw<CallState>({ name: 'lobby' })
  #members = $state.raw<Member[]>([])
  #door = $state<Door>('open')
  #knocks = $state.raw<Knock[]>([])
  #speaker = $state<string | undefined>()
  #signaling: Signaling | undefined
  #wish: Wish
  #vouching: Vouching
  #self = ''
  #cancelRetry: () => void = () => undefined
  #cancelRelock: () => void = () => undefined
  #stopListening: () => void = () => undefined

  constructor(address: Address, world: CallWorld, media: Outgoing, obstacle?: Obstacle) {
    this.address = address
    this.#world = world
    this.#media = media
    this.#doorstep = new Doorstep(world.clock, () => this.#signaling?.knock(this.#wish))
    this.#wish = { capacity: 0, name: '', proof: undefined }
    this.#vouching = new Vouching(world.subtle, undefined)
    if (obstacle) this.#state = { name: 'impossible', obstacle }
    else if (address.password) this.#state = { name: 'password', problem: 'none', wait: 0 }
  }

  get state(): CallState {
    return this.#state
  }

  /** The others, in the order in which we met them. */
  get members(): readonly Member[] {
    return this.#members
  }

  get door(): Door {
    return this.#door
  }

  get knocks(): readonly Knock[] {
    return this.#knocks
  }

  /** The id of the one who speaks, in a call of three or more. */
  get speaker(): string | undefined {
    return this.#speaker
  }

  /** Whether the server offered a relay for media. */
  get relay(): Relay {
    return this.#world.iceServers.relay
  }

  /** Enters the room, for the first time or again. */
  enter({ name, password }: Introduction): void {
    if (this.#signaling) return
    const entering: CallState = { name: 'entering', server: 'dialing' }
    this.#state = entering
    const capacity = this.address.key || this.address.password ? SEATS.ours : SEATS.bare
    this.#wish = { ...this.#wish, capacity, name }
    if (password === '') return this.#open(this.#wish.proof === undefined ? [] : undefined)
    void this.#derive(password).then((secret) => this.#state === entering && this.#open([secret]))
  }

  /** Hangs up: leaves the room and closes everything. */
  leave(): void {
    this.#end({ name: 'left', why: 'hung-up' })
  }

  /** Asks those inside to open the door. */
  knock(): void {
    if (this.#state.name !== 'locked') return
    this.#state = { name: 'knocking' }
    this.#doorstep.knock()
  }

  /** Lets somebody in who knocked, or not. */
  answer({ id }: Knock, admit: boolean): void {
    if (admit) this.#signaling?.admit(id)
    else this.#signaling?.deny(id)
  }

  lock(locked: boolean): void {
    this.#cancelRelock()
    this.#signaling?.lock(locked)
  }

  /** Sends another track of ours, or none, from now on. */
  send(kind: Kind, track: MediaStreamTrack | null): void {
    for (const member of this.#members) member.send(kind, track)
  }

  announce(): void {
    for (const member of this.#members) member.announce()
  }

  /** The network changed, or the user asks to try again. */
  reconnect(): void {
    this.doubt()
    for (const member of this.#members) member.reconnect()
  }

  /** The network seems to be gone: finds out whether the server still answers. */
  doubt(): void {
    this.#signaling?.hurry()
  }

  readonly #events: SignalingEvents = {
    online: () => this.#onOnline(),
    offline: () => this.#onOffline(),
    unreachable: () => this.#onUnreachable(),
    restarting: () => this.#draw('restarting'),
    entered: (entry) => this.#onEntered(entry),
    refused: (refusal) => this.#onRefused(refusal),
    join: (id, name) => this.#onJoin(id, name),
    bye: (id) => this.#onBye(id),
    away: (id) => this.#onSeat(id, 'away'),
    back: (id) => this.#onSeat(id, 'here'),
    locked: (locked) => this.#onLocked(locked),
    knock: (id, name) => (this.#knocks = [...this.#knocks, { id, name }]),
    unknock: (id) => (this.#knocks = this.#knocks.filter((knock) => knock.id !== id)),
    admitted: () => this.#doorstep.opened() && this.#signaling?.enter(this.#wish),
    denied: () => this.#onDenied(),
    moved: () => this.#end({ name: 'left', why: 'moved' }),
    message: (payload, from) => this.#onMessage(payload, from),
  }

  async #derive(password: string): Promise<Uint8Array> {
    const { subtle } = this.#world
    if (!subtle) throw new Error('a password needs a secure page')
    const { proof, key } = await derivePassword(subtle, password, this.address.room)
    this.#wish = { ...this.#wish, proof }
    return key
  }

  /** Dials; `secrets` beside the link's key, or undefined to keep what was derived before. */
  #open(secrets: Uint8Array[] | undefined): void {
    const { subtle, openSignaling, clock } = this.#world
    if (secrets) {
      const all = [...(this.address.key ? [this.address.key] : []), ...secrets]
      const seal = subtle && all.length > 0 ? new Seal(subtle, this.address.room, all) : undefined
      this.#vouching = new Vouching(subtle, seal)
    }
    this.#signaling = openSignaling(this.address.room, this.#events)
    const voices = () => (this.#members.length < MANY ? [] : this.#members)
    this.#stopListening = watchSpeaker(voices, clock, (id) => (this.#speaker = id))
  }

  #onOnline(): void {
    const { name } = this.#state
    if (name === 'locked' || name === 'knocking') this.#doorstep.returned(name === 'knocking')
    else this.#signaling?.enter(this.#wish)
  }

  #onOffline(): void {
    if (this.#state.name === 'entering') this.#onUnreachable()
    if (isInCall(this.#state) && this.#state.line === 'up') this.#draw('down')
  }

  #onUnreachable(): void {
    if (this.#state.name === 'entering') this.#state = { name: 'entering', server: 'unreachable' }
  }

  /** The roster is the truth: what we know is made to fit. */
  #onEntered({ id, peers, knocks, locked, resumed, iceServers }: Entry): void {
    this.#cancelRetry()
    this.#become(id)
    this.#world.iceServers.offer(iceServers)
    this.#knocks = knocks
    for (const member of this.#members) {
      if (!peers.some((peer) => peer.id === member.id)) member.leave()
    }
    for (const { id, name, away } of peers) {
      const member = this.#greet(id, name)
      member.sit(away ? 'away' : 'here')
      member.meet()
    }
    this.#findDoor(locked, resumed)
    this.#draw('up')
  }

  /** Under another id we are a stranger to the others, and they have to meet us anew. */
  #become(id: string): void {
    if (id === this.#self) return
    for (const member of this.#members) member.close()
    this.#members = []
    this.#self = id
  }

  #onJoin(id: string, name: string): void {
    this.#cancelRetry()
    const member = this.#greet(id, name)
    member.sit('here')
    member.expect()
    if (this.#door === 'relocking' && this.#members.every(({ seat }) => seat === 'here')) {
      this.lock(true)
    }
    this.#draw()
  }

  /** The member with this id, whom we may just meet for the first time. */
  #greet(id: string, name: string): Member {
    const known = this.#memberOf(id)
    if (known) {
      known.name = name
      return known
    }
    const member: Member = new Member(id, name, this.#memberWorld, {
      send: (payload) => this.#signaling?.send(payload, id),
      changed: () => this.#draw(),
      lost: () => this.#signaling?.hurry(),
      gone: () => this.#remove(member),
    })
    this.#setMembers([...this.#members, member])
    return member
  }

  get #memberWorld() {
    const { createPeerConnection, createStream, iceServers, clock } = this.#world
    return {
      self: this.#self,
      createPeerConnection,
      createStream,
      iceServers,
      clock,
      media: this.#media,
      vouching: this.#vouching,
      rung: () => rungFor(this.#members.length),
    }
  }

  #remove(member: Member): void {
    member.close()
    this.#setMembers(this.#members.filter((other) => other !== member))
    this.#draw()
  }

  #setMembers(members: Member[]): void {
    this.#members = members
    this.#media.shape(rungFor(members.length))
    for (const member of members) member.shape()
  }

  #memberOf(id: string): Member | undefined {
    return this.#members.find((member) => member.id === id)
  }

  #onSeat(id: string, seat: 'here' | 'away'): void {
    this.#memberOf(id)?.sit(seat)
    this.#draw()
  }

  #onBye(id: string): void {
    this.#memberOf(id)?.leave()
    this.#draw()
  }

  /** What was kept for us while we were away may come from somebody who has left since. */
  #onMessage(payload: Payload, from: string): void {
    const member = this.#memberOf(from)
    if (member && member.seat !== 'gone') member.receive(payload)
  }

  /** A server that was restarted knows of no lock; who comes back first must not lock out the others. */
  #findDoor(locked: boolean, resumed: boolean): void {
    const forgotten = this.#door !== 'open' && !locked && !resumed && isInCall(this.#state)
    this.#onLocked(locked)
    if (!forgotten) return
    this.#door = 'relocking'
    this.#cancelRelock = relock(this.#world.clock, this.#members.length, () => this.lock(true))
  }

  #onLocked(locked: boolean): void {
    this.#cancelRelock()
    this.#door = locked ? 'locked' : 'open'
  }

  #onDenied(): void {
    if (this.#state.name === 'knocking') this.#end({ name: 'denied' })
    else if (isInCall(this.#state)) this.#askAgain(DENIED_PAUSE)
  }

  #onRefused({ reason, retryAfter }: Refusal): void {
    if (isInCall(this.#state)) this.#refusedInCall(reason, retryAfter)
    else if (reason === 'locked') this.#onLockedOut()
    else if (reason === 'denied') this.#askForPassword(retryAfter)
    else if (reason === 'invalid') this.#end({ name: 'impossible', obstacle: 'room-refused' })
    else this.#end({ name: 'full', of: reason === 'full' ? 'seats' : 'rooms' })
  }

  /** Who waits already goes on: the door was open for a moment only. */
  #onLockedOut(): void {
    if (this.#state.name === 'knocking') this.#doorstep.knock()
    else this.#state = { name: 'locked' }
  }

  /** The call goes on without the server, which may think better of it. */
  #refusedInCall(reason: Refusal['reason'], retryAfter: number): void {
    if (reason === 'locked') this.#signaling?.knock(this.#wish)
    else this.#askAgain(retryAfter * 1000)
  }

  #askAgain(delay: number): void {
    this.#cancelRetry()
    const again = () => this.#signaling?.enter(this.#wish)
    this.#cancelRetry = this.#world.clock.after(Math.max(ASK_AGAIN, delay), again)
  }

  #askForPassword(wait: number): void {
    const asked: CallState = { name: 'password', problem: 'wrong', wait }
    this.#end(asked)
    this.#wish = { ...this.#wish, proof: undefined }
    if (wait === 0) return
    this.#cancelRetry = this.#world.clock.after(wait * 1000, () => {
      if (this.#state === asked) this.#state = { ...asked, wait: 0 }
    })
  }

  /** Takes on the state that follows from the others. */
  #draw(line?: Line): void {
    if (!isInCall(this.#state) && line !== 'up') return
    const present = isInCall(this.#state) ? this.#state.line : 'up'
    this.#state = stateIn(this.#members, this.#state, line ?? present)
  }

  #end(state: CallState): void {
    this.#cancelRetry()
    this.#cancelRelock()
    this.#doorstep.leave()
    this.#stopListening()
    for (const member of this.#members) member.close()
    this.#members = []
    this.#knocks = []
    this.#door = 'open'
    this.#speaker = undefined
    this.#signaling?.close()
    this.#signaling = undefined
    this.#state = state
  }
}
