/**
 * The call: one class that owns its state. Signaling, the peer connection and
 * the local media report to it; views draw what it says.
 */
import type { Clock } from '../rtc/clock.ts'
import { EarlyCandidates } from '../rtc/early-candidates.ts'
import type { IceServers, Relay } from '../rtc/ice-servers.ts'
import { watchLifeline } from '../rtc/lifeline.ts'
import { Peer, type Kind, type Role, type Tracks } from '../rtc/peer.ts'
import type { Presence } from '../rtc/presence.ts'
import { Recovery, type Path } from '../rtc/recovery.ts'
import type {
  Description,
  OpenSignaling,
  Payload,
  Signaling,
  SignalingEvents,
} from '../signaling/protocol.ts'
import { isInCall, type CallState, type Line, type Obstacle } from './state.ts'

/** What the call needs of the local media. */
export interface Outgoing {
  readonly outgoing: MediaStream
  /** Resolves when the user has answered whether there are any. */
  ready(): Promise<void>
  tracks(): Tracks
  presence(): Presence
}

/** What the call needs of the world. */
export interface CallWorld {
  openSignaling: OpenSignaling
  createPeerConnection(servers: RTCIceServer[]): RTCPeerConnection
  createStream(): MediaStream
  iceServers: IceServers
  clock: Clock
}

/** Our own seat may look taken for a while after a reconnect; asked again after, in ms. */
const SEAT_RETRY = 3000
/** The first offer waits this long for the user's answer about the devices, in ms. */
const MEDIA_PATIENCE = 1500

export class Call {
  readonly room: string
  readonly #world: CallWorld
  readonly #media: Outgoing
  #state = $state.raw<CallState>({ name: 'lobby' })
  #stream = $state.raw<MediaStream | undefined>()
  #picture = $state.raw<MediaStreamTrack | undefined>()
  #presence = $state.raw<Presence | undefined>()
  #signaling: Signaling | undefined
  #peer: Peer | undefined
  #recovery: Recovery | undefined
  #stopWatching: () => void = () => undefined
  #cancelRetry: () => void = () => undefined
  readonly #early = new EarlyCandidates()

  constructor(room: string, world: CallWorld, media: Outgoing, obstacle?: Obstacle) {
    this.room = room
    this.#world = world
    this.#media = media
    if (obstacle) this.#state = { name: 'impossible', obstacle }
  }

  get state(): CallState {
    return this.#state
  }

  /** Whether the server offered a relay for media. */
  get relay(): Relay {
    return this.#world.iceServers.relay
  }

  /** The other one's picture and sound, while there is a connection. */
  get stream(): MediaStream | undefined {
    return this.#stream
  }

  /** The picture in the stream, once there is one. */
  get picture(): MediaStreamTrack | undefined {
    return this.#picture
  }

  /** What the other one says of its microphone and camera; old clients say nothing. */
  get presence(): Presence | undefined {
    return this.#presence
  }

  /** Enters the room, for the first time or again. */
  enter(): void {
    if (this.#signaling) return
    this.#state = { name: 'entering', server: 'dialing' }
    this.#signaling = this.#world.openSignaling(this.room, this.#events)
  }

  /** Hangs up: leaves the room and closes everything. */
  leave(): void {
    this.#end({ name: 'left' })
  }

  /** Sends another track of ours, or none, from now on. */
  send(kind: Kind, track: MediaStreamTrack | null): void {
    this.#peer?.send(kind, track)
  }

  announce(): void {
    this.#peer?.announce(this.#media.presence())
  }

  /** The network changed, or the user asks to try again. */
  reconnect(): void {
    this.#recovery?.nudge()
  }

  readonly #events: SignalingEvents = {
    online: () => this.#onLine('up'),
    offline: () => this.#onOffline(),
    unreachable: () => this.#onUnreachable(),
    restarting: () => this.#onLine('restarting'),
    created: () => this.#onCreated(),
    joined: () => this.#onJoined(),
    join: () => this.#onJoin(),
    full: () => this.#onFull(),
    bye: (id) => this.#onBye(id),
    message: (payload, from) => this.#onMessage(payload, from),
    invalid: () => this.#end({ name: 'impossible', obstacle: 'room-refused' }),
  }

  #onLine(line: Line): void {
    if (isInCall(this.#state)) this.#state = { ...this.#state, line }
  }

  #onOffline(): void {
    if (this.#state.name === 'entering') this.#onUnreachable()
    if (isInCall(this.#state) && this.#state.line === 'up') this.#onLine('down')
  }

  #onUnreachable(): void {
    if (this.#state.name === 'entering') this.#state = { name: 'entering', server: 'unreachable' }
  }

  /** The room was empty: whoever we knew has lost the server, or left. */
  #onCreated(): void {
    this.#onLine('up')
    if (this.#peer) return this.#onBye(undefined)
    if (this.#state.name !== 'waiting') this.#wait('start')
  }

  /** Somebody is there: we offer, on the running connection where there is one. */
  #onJoined(): void {
    this.#onLine('up')
    const peer = this.#peer
    if (!peer || peer.state === 'closed') return this.#connect('offers')
    this.#expect('offers')
    if (peer.state === 'connected') peer.renew()
    else this.#restart()
  }

  /** Somebody enters: a stranger, or the one we know with a new connection to the server. */
  #onJoin(): void {
    this.#cancelRetry()
    if (this.#peer) return this.#expect('answers')
    this.#state = { name: 'connecting', line: 'up', path: 'opening' }
  }

  /** The next description may come from another id, but keeps the picture until then. */
  #expect(role: Role): void {
    if (!this.#peer || !this.#recovery) return
    this.#peer.id = undefined
    this.#peer.role = role
    this.#recovery.role = role
  }

  #onFull(): void {
    if (!isInCall(this.#state)) return this.#end({ name: 'full' })
    this.#askAgain()
  }

  #askAgain(): void {
    this.#cancelRetry()
    this.#cancelRetry = this.#world.clock.after(SEAT_RETRY, () => this.#signaling?.enter())
  }

  #onBye(id: string | undefined): void {
    const peer = this.#peer
    this.#cancelRetry()
    if (!peer) return this.#wait('left')
    if (id !== undefined && peer.id !== undefined && peer.id !== id) return // long replaced
    peer.id = undefined
    if (this.#state.name !== 'talking') return this.#lose()
    this.#state = { ...this.#state, other: 'away' }
    this.#stopWatching()
    this.#stopWatching = watchLifeline(peer, this.#world.clock, () => this.#lose())
  }

  /** The other one closed its end. A goodbye follows, or the server can tell us who is here. */
  #onClosed(): void {
    const goodbye = this.#state.name === 'talking' && this.#state.other === 'away'
    this.#lose()
    if (!goodbye) this.#askAgain()
  }

  /** The other one is gone. */
  #lose(): void {
    this.#disconnect()
    this.#wait('left')
  }

  #wait(since: 'start' | 'left'): void {
    const line = isInCall(this.#state) ? this.#state.line : 'up'
    this.#state = { name: 'waiting', line, since }
  }

  #onMessage(payload: Payload, from: string): void {
    if ('sdp' in payload) this.#onDescription(payload.sdp, from)
    else if (this.#peer?.id === from) this.#peer.addCandidate(payload.candidate)
    else this.#early.keep(payload.candidate, from)
  }

  #onDescription(description: Description, from: string): void {
    if (!this.#peer?.continues(description, from)) {
      if (description.type === 'offer') this.#connect('answers')
      else if (this.#peer)
        return this.#connect('offers') // answered by a stranger
      else return
    }
    const peer = this.#peer
    if (!peer) return
    peer.describe(description, from)
    for (const candidate of this.#early.take(from)) peer.addCandidate(candidate)
    this.#greet()
  }

  /** The other one is heard from again. */
  #greet(): void {
    this.#stopWatching()
    if (this.#state.name === 'talking') this.#state = { ...this.#state, other: 'here' }
  }

  /** Starts afresh with whoever is there. */
  #connect(role: Role): void {
    this.#disconnect()
    this.#state = { name: 'connecting', line: 'up', path: 'opening' }
    const { clock, createStream, iceServers, createPeerConnection } = this.#world
    const peer: Peer = new Peer({
      role,
      open: async () => {
        const [servers] = await Promise.all([iceServers.fresh(), this.#mediaReady()])
        return createPeerConnection(servers)
      },
      stream: createStream(),
      outgoing: this.#media.outgoing,
      tracks: () => this.#media.tracks(),
      clock,
      events: {
        signal: (payload) => this.#signaling?.send(payload),
        path: (state) => this.#recovery?.observe(state),
        track: (track) => track.kind === 'video' && (this.#picture = track),
        presence: (presence) => (this.#presence = presence),
        closed: () => this.#onClosed(),
      },
    })
    this.#peer = peer
    this.#stream = peer.stream
    this.#recovery = new Recovery(clock, role, {
      state: () => peer.state,
      path: (path) => this.#onPath(path),
      restart: () => this.#restart(),
    })
    this.announce()
  }

  /** Tracks that come later cost another offer, but nobody waits for them for long. */
  #mediaReady(): Promise<void> {
    const patience = new Promise<void>((resolve) => {
      this.#world.clock.after(MEDIA_PATIENCE, resolve)
    })
    return Promise.race([this.#media.ready(), patience])
  }

  #onPath(path: Path): void {
    const state = this.#state
    if (state.name === 'talking') this.#state = { ...state, path }
    else if (state.name !== 'connecting') return
    else if (path === 'open')
      this.#state = { name: 'talking', line: state.line, path, other: 'here' }
    else this.#state = { ...state, path }
  }

  async #restart(): Promise<void> {
    const peer = this.#peer
    const servers = await this.#world.iceServers.fresh()
    if (peer === this.#peer) peer?.restart(servers)
  }

  #disconnect(): void {
    this.#stopWatching()
    this.#recovery?.stop()
    this.#peer?.close()
    this.#recovery = this.#peer = undefined
    this.#stream = this.#picture = this.#presence = undefined
  }

  #end(state: CallState): void {
    this.#disconnect()
    this.#cancelRetry()
    this.#early.clear()
    this.#signaling?.close()
    this.#signaling = undefined
    this.#state = state
  }
}
