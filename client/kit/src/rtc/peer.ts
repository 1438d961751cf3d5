/**
 * One RTCPeerConnection to one participant: perfect negotiation, pending
 * candidates, local tracks, the remote stream. Independent of Svelte and Socket.IO.
 */
import type { Description } from '../signaling/protocol.ts'
import { poolGathered } from './gathering.ts'
import { fingerprintsOf, hasDataChannel, withoutSsrcs } from './description.ts'
import type { MediaState, PeerMediaState, VideoAmount } from './media-state.ts'
import { PeerChannel } from './peer-channel.ts'
import { PeerMedia } from './peer-media.ts'
import type { PeerOptions } from './peer-options.ts'
import { queueCandidate } from './pending-candidates.ts'
import type { VideoProfile } from './video-quality.ts'

/** A colliding offer is accepted if our own stays unanswered for so long, in ms. */
const DEFERRED_OFFER_TIMEOUT = 3000

/** How long our video stays small once it is connected, in ms. */
const STARTING_TIME = 1000

/** A page that said nothing about itself for so long after it connected is an old one, in ms. */
const SILENT_PAGE_TIMEOUT = 3000

/** A colliding offer that has to wait for the answer to ours, and the candidates after it. */
type DeferredOffer = {
  offer: Description
  number: number | undefined
  candidates: RTCIceCandidateInit[]
  cancel: () => void
}

export class Peer {
  readonly remoteStream: MediaStream
  readonly #options: PeerOptions
  readonly #channel: PeerChannel
  readonly #media: PeerMedia
  #pc: RTCPeerConnection | undefined
  #queue: Promise<void>
  #remoteFingerprints = ''
  #pendingCandidates: RTCIceCandidateInit[] = []
  #deferred: DeferredOffer | undefined
  /** The number of our last offer. */
  #lastOffer = 0
  /** The number of the peer's offer that we answered last; old clients number none. */
  #answered: number | undefined
  /** The state of our media, as the user sees it. */
  #mediaState: MediaState | undefined
  /** Whether a description waits for its candidates, which then leave with it. */
  #collecting = false
  /** Whether a task will apply the profile. */
  #profilePending = false
  #cancelStart: () => void = () => undefined
  #cancelSilence: () => void = () => undefined
  #closed = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.remoteStream = options.remoteStream
    this.#media = new PeerMedia(options, options.events)
    this.#channel = new PeerChannel({
      ...options.events,
      mediaState: (state) => this.#onMediaState(state),
    })
    const opened = options.open()
    this.#queue =
      opened instanceof Promise ? opened.then((pc) => this.#begin(pc)) : this.#begin(opened)
  }

  get state(): RTCPeerConnectionState {
    return this.#closed ? 'closed' : (this.#pc?.connectionState ?? 'new')
  }

  /** Reports whether a description comes from the connection at the other end of this one. */
  isFromSameConnection({ sdp }: Description): boolean {
    return this.#remoteFingerprints === '' || this.#remoteFingerprints === fingerprintsOf(sdp)
  }

  /** Handles a description that `isFromSameConnection`, with the number of its offer. */
  receiveDescription(description: Description, number?: number): void {
    this.#remoteFingerprints ||= fingerprintsOf(description.sdp)
    this.#enqueue((pc) => this.#onDescription(pc, description, number))
  }

  addCandidate(candidate: RTCIceCandidateInit): void {
    this.#enqueue((pc) => this.#addCandidate(pc, candidate))
  }

  /** Sends our tracks as they are now. Renegotiates only if it must. */
  updateTracks(): void {
    this.#enqueue(async (pc) => {
      await this.#media.attach(pc)
      await this.#media.applyProfile(pc)
    })
  }

  /** Tells the peer the state of our microphone, camera and screen. */
  sendMediaState(state: MediaState): void {
    this.#mediaState = state
    this.#channel.sendMediaState(this.#media.toldState(state))
  }

  /** Sends a message over the data channel, once it is open. */
  send(message: object): void {
    this.#channel.send(message)
  }

  /** The connection, for checks that change nothing. */
  get connection(): RTCPeerConnection | undefined {
    return this.#closed ? undefined : this.#pc
  }

  /** The fingerprints of both sides; the remote one as it was verified. */
  get fingerprints(): { local: string; remote: string } {
    const local = fingerprintsOf(this.#pc?.localDescription?.sdp ?? '')
    return { local, remote: this.#remoteFingerprints }
  }

  /** Sends our last offer again if it was never answered: it, or the answer, may be lost. */
  resendOffer(): void {
    this.#enqueue(async (pc) => {
      if (pc.signalingState === 'have-local-offer') this.#signalDescription(pc)
    })
  }

  /** Limits our video to this profile from now on. */
  setVideoProfile(profile: VideoProfile): void {
    this.#media.profile = profile
    this.#applyProfile()
  }

  /** Asks for this much of the peer's video; `sendsLess` sends small pictures at most. */
  limitVideo(wanted: VideoAmount, sendsLess: boolean): void {
    if (!this.#media.setLimits(wanted, sendsLess)) return
    if (this.#mediaState) this.sendMediaState(this.#mediaState)
    this.#applyProfile()
  }

  /** A peer may ask for changes as often as it likes: only the last one matters. */
  #applyProfile(): void {
    if (this.#profilePending) return
    this.#profilePending = true
    this.#queue = this.#queue.finally(() => (this.#profilePending = false))
    this.#enqueue((pc) => this.#media.applyProfile(pc))
  }

  /** Sends a key frame, so that a peer that lost our video shows it at once. */
  sendKeyFrame(): void {
    this.#enqueue((pc) => this.#media.sendKeyFrames(pc))
  }

  /** The level of the audio being received, from 0 to 1. */
  audioLevel(): number {
    return this.#media.audioLevel()
  }

  /** Restarts ICE with new ICE servers. */
  restartIce(servers: RTCIceServer[]): void {
    this.#enqueue(async (pc) => {
      pc.setConfiguration({ ...pc.getConfiguration(), iceServers: servers })
      pc.restartIce()
      await this.#offer(pc)
    })
  }

  /** Bytes received so far on all candidate pairs. They grow as long as the peer is alive. */
  async bytesReceived(): Promise<number> {
    let bytes = 0
    const report = await this.#pc?.getStats()
    report?.forEach((entry: { type: string; bytesReceived?: number }) => {
      if (entry.type === 'candidate-pair') bytes += entry.bytesReceived ?? 0
    })
    return bytes
  }

  close(): void {
    this.#closed = true
    this.#deferred?.cancel()
    this.#cancelStart()
    this.#cancelSilence()
    this.#channel.detach()
    this.#pc?.close()
  }

  /** An offer begins at once: what the browser needs for it takes as long as drawing the page. */
  async #begin(pc: RTCPeerConnection): Promise<void> {
    if (this.#closed) return pc.close()
    this.#pc = pc
    this.#listen(pc)
    if (this.#options.role === 'answerer') return
    this.#prepareOffer(pc)
    await this.#offer(pc)
  }

  /** Runs tasks one after the other, so that each finds a settled signaling state. */
  #enqueue(task: (pc: RTCPeerConnection) => Promise<void>): void {
    this.#queue = this.#queue
      .then(() => (this.#pc && !this.#closed ? task(this.#pc) : undefined))
      .catch((error: unknown) => {
        if (!this.#closed) console.warn('A step of the peer connection failed.', error)
      })
  }

  #listen(pc: RTCPeerConnection): void {
    const { events } = this.#options
    pc.onicecandidate = ({ candidate }) => {
      // The end of candidates is not sent: old clients cannot read it.
      if (candidate?.candidate && !this.#collecting)
        events.signal({ candidate: candidate.toJSON() })
    }
    pc.onnegotiationneeded = () => {
      this.#enqueue(async () => (pc.signalingState === 'stable' ? this.#offer(pc) : undefined))
    }
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'connected') this.#onStart()
      events.connectionState(pc.connectionState)
    }
    pc.ontrack = (event) => this.#media.onTrack(pc, event)
  }

  #prepareOffer(pc: RTCPeerConnection): void {
    this.#channel.open(pc)
    this.#media.prepare(pc)
  }

  async #offer(pc: RTCPeerConnection): Promise<void> {
    if (pc.signalingState === 'have-remote-offer') return
    await this.#describe(pc)
    this.#lastOffer = this.#options.nextOffer()
    this.#signalDescription(pc)
  }

  /** Candidates that were gathered before, in a pool, come at once. All others are sent alone. */
  async #describe(pc: RTCPeerConnection): Promise<void> {
    this.#collecting = Boolean(pc.getConfiguration().iceCandidatePoolSize)
    try {
      await pc.setLocalDescription()
      if (this.#collecting) await poolGathered(pc, this.#options.clock)
    } finally {
      this.#collecting = false
    }
  }

  #signalDescription(pc: RTCPeerConnection): void {
    const description = pc.localDescription
    if (!description || this.#closed) return
    const { type, sdp } = description
    const { signal } = this.#options.events
    if (type === 'offer') signal({ sdp: { type, sdp }, offer: this.#lastOffer })
    if (type === 'answer') signal({ sdp: { type, sdp }, offer: this.#answered })
  }

  async #onDescription(
    pc: RTCPeerConnection,
    description: Description,
    number: number | undefined,
  ): Promise<void> {
    if (description.type === 'answer') return this.#onAnswer(pc, description, number)
    if (this.#hasAnswered(pc, number)) return this.#signalDescription(pc)
    const collides = pc.signalingState !== 'stable'
    if (collides && !this.#yieldsTo(description)) return this.#defer(description, number)
    await this.#answer(pc, description, number)
  }

  async #onAnswer(
    pc: RTCPeerConnection,
    answer: Description,
    number: number | undefined,
  ): Promise<void> {
    if (pc.signalingState !== 'have-local-offer') return // our offer was rolled back
    if (number !== undefined && number !== this.#lastOffer) return // it answers an earlier offer
    this.#discardDeferred()
    await this.#setRemoteDescription(pc, answer)
    await this.#addPendingCandidates(pc)
    await this.#onNegotiated(pc)
  }

  /** Reports whether this is the offer that we answered last, so our answer may be lost. */
  #hasAnswered(pc: RTCPeerConnection, number: number | undefined): boolean {
    if (number === undefined || number !== this.#answered) return false
    return pc.signalingState === 'stable' && pc.localDescription?.type === 'answer'
  }

  /**
   * Reports whether our own offer is rolled back for this one. Clients without
   * perfect negotiation (they have no data channel) always yield, so we do not.
   */
  #yieldsTo(offer: Description): boolean {
    return this.#options.polite && hasDataChannel(offer.sdp)
  }

  async #answer(
    pc: RTCPeerConnection,
    offer: Description,
    number: number | undefined,
  ): Promise<void> {
    this.#discardDeferred()
    // After a rollback, Chromium shows no more frames of a video it received before,
    // unless the SSRCs change: so they are removed once.
    const rollsBack = pc.signalingState === 'have-local-offer' && pc.currentRemoteDescription
    if (rollsBack) await this.#setRemoteDescription(pc, withoutSsrcs(offer))
    await this.#setRemoteDescription(pc, offer) // rolls our own offer back if there is one
    if (hasDataChannel(offer.sdp)) this.#channel.open(pc)
    else this.#setPage(false)
    await this.#media.attach(pc)
    await this.#describe(pc)
    this.#answered = number
    this.#signalDescription(pc)
    await this.#addPendingCandidates(pc)
    await this.#onNegotiated(pc)
  }

  /**
   * Browsers write a description anew from what they read in it. If it has another
   * fingerprint now, the connection is closed before anything is sent over it.
   */
  async #setRemoteDescription(pc: RTCPeerConnection, description: Description): Promise<void> {
    await pc.setRemoteDescription(description)
    const read = fingerprintsOf(pc.remoteDescription?.sdp ?? '')
    if (this.#closed || read === fingerprintsOf(description.sdp)) return
    this.close()
    this.#options.events.misread()
    throw new Error('the browser reads another fingerprint')
  }

  async #onNegotiated(pc: RTCPeerConnection): Promise<void> {
    if (this.#closed) return
    this.#options.events.negotiated()
    this.#media.onNegotiated(pc)
    await this.#media.applyProfile(pc)
  }

  #onStart(): void {
    const { clock } = this.#options
    this.#cancelStart()
    this.#cancelStart = clock.after(STARTING_TIME, () => {
      this.#media.onStarted()
      this.#applyProfile()
    })
    this.#cancelSilence()
    this.#cancelSilence = clock.after(SILENT_PAGE_TIMEOUT, () => {
      if (!this.#media.knowsPage) this.#setPage(false)
    })
  }

  #onMediaState(state: PeerMediaState): void {
    this.#setPage(state.screenBeside)
    if (this.#media.setWanted(state.want)) this.#applyProfile()
    this.#options.events.mediaState(state)
  }

  /** The peer's page takes a screen beside the camera, or does not: sends it accordingly. */
  #setPage(takesScreenBeside: boolean): void {
    if (!this.#media.setPage(takesScreenBeside)) return
    this.updateTracks()
    if (this.#mediaState) this.sendMediaState(this.#mediaState)
  }

  /** Keeps a colliding offer until ours is answered, or is not. */
  #defer(offer: Description, number: number | undefined): void {
    this.#deferred?.cancel()
    const cancel = this.#options.clock.after(DEFERRED_OFFER_TIMEOUT, () => {
      this.#enqueue((pc) => this.#acceptDeferred(pc))
    })
    this.#deferred = { offer, number, candidates: [], cancel }
  }

  /** Our offer was not answered, so the peer never got it: accepts the peer's. */
  async #acceptDeferred(pc: RTCPeerConnection): Promise<void> {
    const deferred = this.#deferred
    if (!deferred) return
    await this.#answer(pc, deferred.offer, deferred.number)
    for (const candidate of deferred.candidates) await this.#addCandidate(pc, candidate)
  }

  #discardDeferred(): void {
    this.#deferred?.cancel()
    this.#deferred = undefined
  }

  async #addCandidate(pc: RTCPeerConnection, candidate: RTCIceCandidateInit): Promise<void> {
    if (this.#deferred) queueCandidate(this.#deferred.candidates, candidate)
    if (!pc.remoteDescription) return queueCandidate(this.#pendingCandidates, candidate)
    // Candidates of an offer that was ignored or rolled back are rejected, which is harmless.
    await pc.addIceCandidate(candidate).catch(() => undefined)
  }

  async #addPendingCandidates(pc: RTCPeerConnection): Promise<void> {
    for (const candidate of this.#pendingCandidates.splice(0)) {
      await this.#addCandidate(pc, candidate)
    }
  }
}
