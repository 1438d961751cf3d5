/**
 * One RTCPeerConnection to one other browser: perfect negotiation, early
 * candidates, our tracks, their stream. Knows neither the views nor the socket.
 */
import type { Description, Payload } from '../signaling/protocol.ts'
import type { Clock } from './clock.ts'
import { fingerprintsOf, hasDataChannel, withoutSources } from './description.ts'
import { keep } from './pending-candidates.ts'
import { beginAnew, hold, type Rung } from './video-quality.ts'
import { readPresence, type Presence } from './media-state.ts'

/** Who makes the first offer, and who waits for it. */
export type Role = 'offers' | 'answers'

export type Kind = 'audio' | 'video'
export type Tracks = Record<Kind, MediaStreamTrack | null>

export interface PeerEvents {
  /** To be sent to the other side. */
  signal(payload: Payload): void
  /** Both sides have agreed on these descriptions. */
  agreed(ours: string, theirs: string): void
  /** The state of the path for media, whenever it changes. */
  path(state: RTCPeerConnectionState): void
  /** A track of the other side is in the stream now. */
  track(track: MediaStreamTrack): void
  /** What the other side says of its microphone and camera. */
  presence(presence: Presence): void
  /** The other side closed its end for good. */
  closed(): void
}

export interface PeerOptions {
  role: Role
  /** Whether our offer gives way where two meet (perfect negotiation). */
  polite: boolean
  /** Makes the connection, with ICE servers that are fresh. */
  open: () => Promise<RTCPeerConnection>
  /** Collects the other side's tracks; the same one from beginning to end. */
  stream: MediaStream
  /** Names our tracks as one stream for the other side. */
  outgoing: MediaStream
  /** Our tracks at the moment they are needed. */
  tracks: () => Tracks
  clock: Clock
  events: PeerEvents
}

/** A colliding offer is taken after all if our own stays unanswered this long, in ms. */
const YIELD_AFTER = 3000
/** Both sides open the data channel under this number, so that offers that meet make one. */
const CHANNEL = { name: 'vidchat', options: { negotiated: true, id: 0 } }

/** An offer that lost against ours, with the candidates that came after it. */
type Held = { offer: Description; candidates: RTCIceCandidateInit[]; cancel: () => void }

export class Peer {
  readonly stream: MediaStream
  readonly #options: PeerOptions
  #pc: RTCPeerConnection | undefined
  #work: Promise<void>
  #fingerprints = ''
  #early: RTCIceCandidateInit[] = []
  #held: Held | undefined
  #channel: RTCDataChannel | undefined
  #presence: Presence | undefined
  #rung: Rung | undefined
  #over = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.stream = options.stream
    this.#work = this.#open()
  }

  get state(): RTCPeerConnectionState {
    return this.#over ? 'closed' : (this.#pc?.connectionState ?? 'new')
  }

  /** Whether a description comes from the connection that this one is with. */
  continues({ sdp }: Description): boolean {
    return this.#fingerprints === '' || this.#fingerprints === fingerprintsOf(sdp)
  }

  /** Takes a description that `continues` this connection. */
  describe(description: Description): void {
    this.#fingerprints ||= fingerprintsOf(description.sdp)
    this.#do((pc) => this.#describe(pc, description))
  }

  addCandidate(candidate: RTCIceCandidateInit): void {
    this.#do((pc) => this.#addCandidate(pc, candidate))
  }

  /** Sends `track`, or nothing, from now on; renegotiates only where it must. */
  send(kind: Kind, track: MediaStreamTrack | null): void {
    this.#do((pc) => this.#attach(pc, kind, track))
  }

  /** Tells the other side about our microphone and camera. */
  announce(presence: Presence): void {
    this.#presence = presence
    if (this.#channel?.readyState === 'open') this.#channel.send(JSON.stringify(presence))
  }

  /** Offers again where an offer of ours was never answered: it may be lost. */
  refresh(): void {
    this.#do(async (pc) => (pc.signalingState === 'stable' ? undefined : this.#offer(pc)))
  }

  /** Holds our picture to this step of the ladder from now on. */
  shape(rung: Rung): void {
    this.#rung = rung
    this.#do((pc) => this.#shape(pc))
  }

  /** Shows ourselves at once to somebody who lost sight of us. */
  renew(): void {
    this.#do(async (pc) => {
      const sender = this.#transceiver(pc, 'video')?.sender
      if (sender) await beginAnew(sender)
    })
  }

  /** How loud the other side is now, from 0 to 1. */
  loudness(): number {
    const receiver = this.#pc?.getReceivers().find(({ track }) => track.kind === 'audio')
    const levels = receiver?.getSynchronizationSources().map(({ audioLevel }) => audioLevel ?? 0)
    return Math.max(0, ...(levels ?? []))
  }

  /** Looks for a new path, with new ICE servers. */
  restart(servers: RTCIceServer[]): void {
    this.#do(async (pc) => {
      pc.setConfiguration({ ...pc.getConfiguration(), iceServers: servers })
      pc.restartIce()
      await this.#offer(pc)
    })
  }

  /** Bytes received on any path so far; they grow while the other side is alive. */
  async received(): Promise<number> {
    let bytes = 0
    const report = await this.#pc?.getStats()
    report?.forEach((entry: { type: string; bytesReceived?: number }) => {
      if (entry.type === 'candidate-pair') bytes += entry.bytesReceived ?? 0
    })
    return bytes
  }

  close(): void {
    this.#over = true
    this.#held?.cancel()
    if (this.#channel) this.#channel.onclose = null
    this.#pc?.close()
  }

  async #open(): Promise<void> {
    const pc = await this.#options.open()
    if (this.#over) return pc.close()
    this.#pc = pc
    this.#listen(pc)
    if (this.#options.role === 'offers') this.#prepareOffer(pc)
  }

  /** One thing after the other: each finds the state the last one left. */
  #do(task: (pc: RTCPeerConnection) => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#pc && !this.#over ? task(this.#pc) : undefined))
      .catch((error: unknown) => {
        if (!this.#over) console.warn('The peer connection refused a step.', error)
      })
  }

  #listen(pc: RTCPeerConnection): void {
    const { events } = this.#options
    pc.onicecandidate = ({ candidate }) => {
      // The end of candidates is not sent: older clients cannot read it.
      if (candidate?.candidate) events.signal({ candidate: candidate.toJSON() })
    }
    pc.onnegotiationneeded = () => {
      this.#do(async () => (pc.signalingState === 'stable' ? this.#offer(pc) : undefined))
    }
    pc.onconnectionstatechange = () => events.path(pc.connectionState)
    pc.ontrack = ({ track }) => {
      this.stream.addTrack(track)
      events.track(track)
    }
  }

  #prepareOffer(pc: RTCPeerConnection): void {
    this.#openChannel(pc)
    const tracks = this.#options.tracks()
    for (const kind of ['audio', 'video'] as const) this.#addTransceiver(pc, kind, tracks[kind])
  }

  #addTransceiver(pc: RTCPeerConnection, kind: Kind, track: MediaStreamTrack | null): void {
    pc.addTransceiver(track ?? kind, {
      direction: track ? 'sendrecv' : 'recvonly',
      streams: [this.#options.outgoing],
    })
  }

  async #offer(pc: RTCPeerConnection): Promise<void> {
    if (pc.signalingState === 'have-remote-offer') return
    await pc.setLocalDescription()
    this.#signalDescription(pc)
  }

  #signalDescription(pc: RTCPeerConnection): void {
    const description = pc.localDescription
    if (!description || this.#over) return
    const { type, sdp } = description
    if (type === 'offer' || type === 'answer') this.#options.events.signal({ sdp: { type, sdp } })
  }

  async #describe(pc: RTCPeerConnection, description: Description): Promise<void> {
    if (description.type === 'answer') {
      if (pc.signalingState !== 'have-local-offer') return // answers an offer taken back
      this.#drop()
      await pc.setRemoteDescription(description)
      await this.#addEarly(pc)
      return this.#agreed(pc)
    }
    const collides = pc.signalingState !== 'stable'
    if (collides && !this.#gives(description)) return this.#hold(description)
    await this.#answer(pc, description)
  }

  /**
   * Whether our own offer is taken back for theirs. Clients that know nothing of
   * perfect negotiation (they have no data channel) always give way, so we do not.
   */
  #gives(theirs: Description): boolean {
    return this.#options.polite && hasDataChannel(theirs.sdp)
  }

  async #answer(pc: RTCPeerConnection, offer: Description): Promise<void> {
    this.#drop()
    // Chromium shows nothing more of somebody who was seen before our own offer is
    // taken back, unless it takes their picture for another one.
    const takesBack = pc.signalingState === 'have-local-offer' && pc.currentRemoteDescription
    if (takesBack) await pc.setRemoteDescription(withoutSources(offer))
    await pc.setRemoteDescription(offer) // takes our own offer back where there is one
    if (hasDataChannel(offer.sdp)) this.#openChannel(pc)
    await this.#attachAll(pc)
    await pc.setLocalDescription()
    this.#signalDescription(pc)
    await this.#addEarly(pc)
    await this.#agreed(pc)
  }

  async #agreed(pc: RTCPeerConnection): Promise<void> {
    const { localDescription: ours, remoteDescription: theirs } = pc
    if (ours && theirs) this.#options.events.agreed(ours.sdp, theirs.sdp)
    await this.#shape(pc)
  }

  async #shape(pc: RTCPeerConnection): Promise<void> {
    const sender = this.#transceiver(pc, 'video')?.sender
    if (sender && this.#rung) await hold(sender, this.#rung)
  }

  /** Gives every section of their offer our track, and drops sections of an offer taken back. */
  async #attachAll(pc: RTCPeerConnection): Promise<void> {
    const tracks = this.#options.tracks()
    for (const transceiver of pc.getTransceivers()) {
      if (transceiver.mid === null) transceiver.stop()
    }
    for (const kind of ['audio', 'video'] as const) await this.#attach(pc, kind, tracks[kind])
  }

  async #attach(pc: RTCPeerConnection, kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    const transceiver = this.#transceiver(pc, kind)
    if (!transceiver) {
      if (track) this.#addTransceiver(pc, kind, track)
      return
    }
    await transceiver.sender.replaceTrack(track)
    if (track) transceiver.sender.setStreams?.(this.#options.outgoing)
    const direction = track ? 'sendrecv' : 'recvonly'
    if (transceiver.direction !== direction) transceiver.direction = direction
  }

  #transceiver(pc: RTCPeerConnection, kind: Kind): RTCRtpTransceiver | undefined {
    return pc
      .getTransceivers()
      .find(
        ({ receiver, currentDirection, direction }) =>
          receiver.track.kind === kind && direction !== 'stopped' && currentDirection !== 'stopped',
      )
  }

  /** Waits for the answer to our own offer; the other side owes it. */
  #hold(offer: Description): void {
    this.#held?.cancel()
    const cancel = this.#options.clock.after(YIELD_AFTER, () => {
      this.#do((pc) => this.#yield(pc))
    })
    this.#held = { offer, candidates: [], cancel }
  }

  /** Nobody answered: the other side never had our offer. Takes theirs. */
  async #yield(pc: RTCPeerConnection): Promise<void> {
    const held = this.#held
    if (!held) return
    await this.#answer(pc, held.offer)
    for (const candidate of held.candidates) await this.#addCandidate(pc, candidate)
  }

  #drop(): void {
    this.#held?.cancel()
    this.#held = undefined
  }

  async #addCandidate(pc: RTCPeerConnection, candidate: RTCIceCandidateInit): Promise<void> {
    keep(this.#held?.candidates ?? [], candidate)
    if (!pc.remoteDescription) return keep(this.#early, candidate)
    // One that belongs to an offer that was ignored or taken back is refused, without harm.
    await pc.addIceCandidate(candidate).catch(() => undefined)
  }

  async #addEarly(pc: RTCPeerConnection): Promise<void> {
    for (const candidate of this.#early.splice(0)) await this.#addCandidate(pc, candidate)
  }

  #openChannel(pc: RTCPeerConnection): void {
    if (this.#channel) return
    const channel = pc.createDataChannel(CHANNEL.name, CHANNEL.options)
    channel.onopen = () => this.#presence && this.announce(this.#presence)
    channel.onmessage = ({ data }) => {
      const presence = readPresence(data)
      if (presence) this.#options.events.presence(presence)
    }
    channel.onclose = () => this.#options.events.closed()
    this.#channel = channel
  }
}
