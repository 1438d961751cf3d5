/**
 * One of the others in the call: its seat, as the server tells it, and the
 * connection to it, which outlives what the server tells.
 */
import type { Clock } from '../rtc/clock.ts'
import type { IceServers } from '../rtc/ice-servers.ts'
import { keep } from '../rtc/pending-candidates.ts'
import type { Rung } from '../rtc/video-quality.ts'
import { watchLifeline } from '../rtc/media-watchdog.ts'
import { Peer, type Kind, type Role, type Tracks } from '../rtc/peer.ts'
import type { Presence } from '../rtc/media-state.ts'
import { Recovery, type Path } from '../rtc/recovery.ts'
import type { Description, Payload } from '../signaling/protocol.ts'
import type { Trust, Vouching } from '../trust/verification.ts'

/** What the call needs of the local media. */
export interface Outgoing {
  readonly outgoing: MediaStream
  /** Resolves when the user has answered whether there are any. */
  ready(): Promise<void>
  tracks(): Tracks
  presence(): Presence
  /** Takes pictures of this size from now on. */
  shape(rung: Rung): void
}

export interface MemberWorld {
  /** Our own id. */
  self: string
  createPeerConnection(servers: RTCIceServer[]): RTCPeerConnection
  createStream(): MediaStream
  iceServers: IceServers
  clock: Clock
  media: Outgoing
  vouching: Vouching
  rung(): Rung
}

export interface MemberEvents {
  send(payload: Payload): void
  /** Something the state of the call depends on. */
  changed(): void
  /** The path for media is lost, and signaling is needed to find another one. */
  lost(): void
  /** No seat, and no media any more. */
  gone(): void
}

/** The server's view: connected, silent for a while, or without a seat. */
export type Seat = 'here' | 'away' | 'gone'

/** The way for media: none yet, one of the path's states, or refused as tampered with. */
export type Link = 'awaited' | Path | 'refused'

/** The first offer waits this long for the user's answer about the devices, in ms. */
const MEDIA_PATIENCE = 1500
/** Who came later offers; if nothing comes for so long, we do, in ms. */
export const OFFER_PATIENCE = 5000

export class Member {
  readonly id: string
  readonly #world: MemberWorld
  readonly #events: MemberEvents
  #name = $state('')
  #seat = $state<Seat>('here')
  #link = $state<Link>('awaited')
  #trust = $state.raw<Trust>({ name: 'pending' })
  #stream = $state.raw<MediaStream | undefined>()
  #picture = $state.raw<MediaStreamTrack | undefined>()
  #presence = $state.raw<Presence | undefined>()
  #peer: Peer | undefined
  #recovery: Recovery | undefined
  #early: RTCIceCandidateInit[] = []
  #inbox = Promise.resolve()
  #outbox = Promise.resolve()
  #stopWatching: () => void = () => undefined
  #cancelMeeting: () => void = () => undefined
  #restarts = 0
  #over = false

  constructor(id: string, name: string, world: MemberWorld, events: MemberEvents) {
    this.id = id
    this.#name = name
    this.#world = world
    this.#events = events
  }

  /** What they call themselves; '' if they did not say. */
  get name(): string {
    return this.#name
  }

  set name(name: string) {
    this.#name = name
  }

  get seat(): Seat {
    return this.#seat
  }

  get link(): Link {
    return this.#link
  }

  /** Whether we know that nobody sits between us. */
  get trust(): Trust {
    return this.#trust
  }

  /** Their picture and sound, while there is a connection. */
  get stream(): MediaStream | undefined {
    return this.#stream
  }

  /** The picture in the stream, once there is one. */
  get picture(): MediaStreamTrack | undefined {
    return this.#picture
  }

  /** What they say of their microphone and camera; old clients say nothing. */
  get presence(): Presence | undefined {
    return this.#presence
  }

  /** How loud they are now, from 0 to 1. Browsers remember the last sound for 10 s. */
  loudness(): number {
    return this.#presence?.muted ? 0 : (this.#peer?.loudness() ?? 0)
  }

  /** They are there, and we have come, or come back: the word is ours. */
  meet(): void {
    this.#cancelMeeting()
    if (!this.#peer) this.#connect('offers')
    else if (this.#peer.state === 'connected') this.#peer.refresh()
    else void this.#restart()
  }

  /** They come, or come back, and offer where they must. */
  expect(): void {
    if (!this.#peer) this.#meetLater()
  }

  /** The server says where they are. Who is back may not have got what we offered. */
  sit(seat: 'here' | 'away'): void {
    this.#stopWatching()
    if (this.#seat === 'away' && seat === 'here') this.#peer?.refresh()
    this.#seat = seat
  }

  /** The server says goodbye for them; media may know better. */
  leave(): void {
    this.#cancelMeeting()
    this.#stopWatching()
    this.#seat = 'gone'
    const alive = this.#link === 'open' || this.#link === 'interrupted'
    if (!this.#peer || !alive) return this.#events.gone()
    this.#stopWatching = watchLifeline(this.#peer, this.#world.clock, () => this.#events.gone())
  }

  /** Takes what they sent, one after the other. */
  receive(payload: Payload): void {
    this.#inbox = this.#inbox.then(() => (this.#over ? undefined : this.#take(payload)))
  }

  send(kind: Kind, track: MediaStreamTrack | null): void {
    this.#peer?.send(kind, track)
    this.#peer?.shape(this.#world.rung())
  }

  shape(): void {
    this.#peer?.shape(this.#world.rung())
  }

  announce(): void {
    this.#peer?.announce(this.#world.media.presence())
  }

  /** The network changed, or the user asks to try again. */
  reconnect(): void {
    if (this.#link === 'refused') this.meet()
    else this.#recovery?.nudge()
  }

  close(): void {
    this.#over = true
    this.#cancelMeeting()
    this.#stopWatching()
    this.#disconnect()
  }

  async #take(payload: Payload): Promise<void> {
    if ('sdp' in payload) {
      const { sdp, mac } = payload
      const genuine = await this.#world.vouching.accepts(sdp, mac, this.id, this.#world.self)
      if (this.#over) return
      if (genuine) return this.#describe(sdp)
      this.#events.send({ refused: true })
      this.#refuse()
    } else if ('refused' in payload) {
      if (this.#world.vouching.keyed) this.#refuse()
    } else if (this.#peer) this.#peer.addCandidate(payload.candidate)
    else keep(this.#early, payload.candidate)
  }

  #describe(description: Description): void {
    if (!this.#peer?.continues(description)) {
      if (description.type === 'offer') this.#connect('answers')
      else if (this.#peer)
        return this.#connect('offers') // answered by a page that was loaded again
      else return
    }
    this.#peer?.describe(description)
    for (const candidate of this.#early.splice(0)) this.#peer?.addCandidate(candidate)
  }

  /**
   * Somebody between us changed a description, theirs or ours: no word of it is
   * used, and nothing is tried again until somebody asks.
   */
  #refuse(): void {
    this.#cancelMeeting()
    this.#disconnect()
    this.#trust = { name: 'failed' }
    this.#become('refused')
  }

  /** Starts afresh. */
  #connect(role: Role): void {
    this.#cancelMeeting()
    this.#disconnect()
    this.#trust = { name: 'pending' }
    const { clock, createStream, media } = this.#world
    const polite = this.#world.self < this.id
    const peer: Peer = new Peer({
      role,
      polite,
      open: () => this.#open(),
      stream: createStream(),
      outgoing: media.outgoing,
      tracks: () => media.tracks(),
      clock,
      events: {
        signal: (payload) => this.#send(payload),
        path: (state) => this.#recovery?.observe(state),
        agreed: (ours, theirs) => void this.#compare(peer, ours, theirs),
        track: (track) => track.kind === 'video' && (this.#picture = track),
        presence: (presence) => (this.#presence = presence),
        closed: () => this.#onClosed(),
      },
    })
    this.#peer = peer
    this.#stream = peer.stream
    this.#recovery = new Recovery(clock, polite ? 'answers' : 'offers', {
      state: () => peer.state,
      path: (path) => this.#onPath(path),
      restart: () => this.#onLost(),
    })
    peer.shape(this.#world.rung())
    this.announce()
    this.#become('opening')
  }

  async #open(): Promise<RTCPeerConnection> {
    const { iceServers, createPeerConnection } = this.#world
    const [servers] = await Promise.all([iceServers.current(), this.#mediaReady()])
    return createPeerConnection(servers)
  }

  /** Tracks that come later cost another offer, but nobody waits for them for long. */
  #mediaReady(): Promise<void> {
    const patience = new Promise<void>((resolve) => {
      this.#world.clock.after(MEDIA_PATIENCE, resolve)
    })
    return Promise.race([this.#world.media.ready(), patience])
  }

  /** Sends in order, each description with its seal. */
  #send(payload: Payload): void {
    const peer = this.#peer
    this.#outbox = this.#outbox.then(async () => {
      const sealed = await this.#world.vouching.sealed(payload, this.#world.self, this.id)
      if (peer === this.#peer) this.#events.send(sealed)
    })
  }

  async #compare(peer: Peer, ours: string, theirs: string): Promise<void> {
    const trust = await this.#world.vouching.judge(ours, theirs)
    if (peer === this.#peer) this.#trust = trust
  }

  /** They closed their end. A goodbye follows, or they come back, or we call them. */
  #onClosed(): void {
    this.#disconnect()
    if (this.#seat === 'gone') return this.#events.gone()
    this.#become('awaited')
    this.#meetLater()
  }

  #onPath(path: Path): void {
    if (path === 'open' && this.#link !== 'opening') this.#peer?.renew()
    this.#become(path)
  }

  #onLost(): void {
    this.#events.lost()
    void this.#restart()
  }

  #meetLater(): void {
    this.#cancelMeeting()
    this.#cancelMeeting = this.#world.clock.after(OFFER_PATIENCE, () => this.meet())
  }

  #become(link: Link): void {
    this.#link = link
    this.#events.changed()
  }

  /** Of several that wait for the servers, the last one is enough. */
  async #restart(): Promise<void> {
    const [peer, number] = [this.#peer, ++this.#restarts]
    const servers = await this.#world.iceServers.fresh()
    if (peer === this.#peer && number === this.#restarts) peer?.restart(servers)
  }

  #disconnect(): void {
    this.#stopWatching()
    this.#recovery?.stop()
    this.#peer?.close()
    this.#recovery = this.#peer = undefined
    this.#stream = this.#picture = this.#presence = undefined
  }
}
