/**
 * Another participant of the call: its seat as the server reports it, and the
 * peer connection to it, which outlives what the server knows.
 */
import type { PeerMediaState, VideoAmount } from '../rtc/media-state.ts'
import type { Role } from '../rtc/peer-options.ts'
import type { Peer } from '../rtc/peer.ts'
import { queueCandidate } from '../rtc/pending-candidates.ts'
import { Recovery, type MediaConnection } from '../rtc/recovery.ts'
import { shownName } from '../signaling/names.ts'
import type { Description, DescriptionPayload, Payload } from '../signaling/protocol.ts'
import { loadedTrust, loadTrust } from '../trust/load.ts'
import type { VerificationStatus } from '../trust/verification.ts'
import type { PeerConnectionStatus, SeatStatus } from './call-state.ts'
import type { ParticipantDeps, ParticipantEvents } from './participant-deps.ts'
import { firstValues, type ParticipantValues } from './participant-values.ts'
import { PeerChecks } from './peer-checks.ts'

/** How long the first offer waits for the user's answer to the permission prompt, in ms. */
const MEDIA_TIMEOUT = 1500
/** How long we wait for a newcomer's offer before we make one ourselves, in ms. */
const OFFER_TIMEOUT = 5000

export class Participant {
  readonly id: string
  readonly #deps: ParticipantDeps
  readonly #events: ParticipantEvents
  readonly #shown: ParticipantValues
  /** The name is the one that they signed; the server's no longer counts. */
  #nameSigned = false
  #sendsLess = false
  #peer: Peer | undefined
  #checks: PeerChecks | undefined
  #recovery: Recovery | undefined
  #pendingCandidates: RTCIceCandidateInit[] = []
  #inbox = Promise.resolve()
  #outbox = Promise.resolve()
  #stopWatchdog: () => void = () => undefined
  #cancelOffer: () => void = () => undefined
  #restarts = 0
  #closed = false

  constructor(id: string, name: string, deps: ParticipantDeps, events: ParticipantEvents) {
    this.id = id
    this.#shown = deps.reactive(firstValues(name))
    this.#deps = deps
    this.#events = events
  }

  /** The name they entered; '' if they entered none. With a key, the server cannot change it. */
  get name(): string {
    return this.#shown.name
  }

  /** The server reports this name. */
  set name(name: string) {
    if (!this.#nameSigned) this.#shown.name = name
  }

  get seat(): SeatStatus {
    return this.#shown.seat
  }

  get connection(): PeerConnectionStatus {
    return this.#shown.connection
  }

  get verification(): VerificationStatus {
    return this.#shown.verification
  }

  /** Their audio and video, as long as there is a connection. */
  get stream(): MediaStream | undefined {
    return this.#shown.stream
  }

  /** The video track of the stream, once there is one. */
  get videoTrack(): MediaStreamTrack | undefined {
    return this.#shown.videoTrack
  }

  /** Video, and any audio, of the screen that they share beside their camera. */
  get screenStream(): MediaStream | undefined {
    const { screen, screenBeside } = this.mediaState ?? {}
    return screen && screenBeside ? this.#shown.screen : undefined
  }

  /** Whether their video is a shared screen: their page, or ours, knows no screen beside it. */
  get screenReplacesCamera(): boolean {
    return this.mediaState?.screen === true && !this.mediaState.screenBeside
  }

  /** The state of their microphone and camera; old clients do not send it. */
  get mediaState(): PeerMediaState | undefined {
    return this.#shown.mediaState
  }

  /** How much of their video we want. */
  get wanted(): VideoAmount {
    return this.#shown.wanted
  }

  /** How often ICE was restarted. */
  get restarts(): number {
    return this.#restarts
  }

  /** The connection to them as it is now, for data channels and checks. */
  get rtc(): RTCPeerConnection | undefined {
    return this.#peer?.connection
  }

  /** Tells them something over the data channel, once it is open. */
  send(message: object): void {
    this.#peer?.send(message)
  }

  /** From 0 to 1. Browsers report the last level for 10 s after a mute. */
  audioLevel(): number {
    return this.mediaState?.muted ? 0 : (this.#peer?.audioLevel() ?? 0)
  }

  /** They were here before us, or before we came back: the offer is ours to make. */
  initiate(): void {
    this.#cancelOffer()
    if (this.connection === 'rejected') return
    if (!this.#peer) this.#openPeer('offerer')
    else if (this.#peer.state === 'connected') this.#onReturn(this.#peer)
    else void this.#restartIce()
  }

  /** We came back to the server, and media seems to go on. */
  #onReturn(peer: Peer): void {
    peer.resendOffer()
    const restart = () => peer === this.#peer && this.restartIce()
    void loadTrust().then((trust) => trust.onSilence(peer, this.#deps.clock, restart))
  }

  /** They joined, or came back, and will make an offer if one is needed. */
  awaitOffer(): void {
    if (this.#peer) this.#peer.resendOffer()
    else this.#offerLater()
  }

  /** The server reports where they are. */
  setSeat(seat: 'online' | 'away'): void {
    this.#stopWatchdog()
    this.#shown.seat = seat
  }

  /**
   * They have another connection to the server. Even if they were not away, our
   * offer or their answer may have been lost with the one before.
   */
  onBack(): void {
    this.setSeat('online')
    this.#peer?.resendOffer()
  }

  /** The server says they left, but media may show that they did not. */
  onBye(): void {
    this.#cancelOffer()
    this.#stopWatchdog()
    this.#shown.seat = 'gone'
    const hadMedia = this.connection === 'connected' || this.connection === 'reconnecting'
    if (!this.#peer || !hadMedia) return this.#events.gone()
    const { clock } = this.#deps
    const peer = this.#peer
    const stop = loadTrust().then((trust) => trust.watchMedia(peer, clock, this.#events.gone))
    this.#stopWatchdog = () => void stop.then((stop) => stop())
  }

  /** Handles their messages one after the other. */
  receive(payload: Payload): void {
    this.#inbox = this.#inbox
      .then(() => (this.#closed ? undefined : this.#onPayload(payload)))
      .catch((error: unknown) => console.warn('A message of a participant was not handled.', error))
  }

  /** Sends our tracks as they are now. */
  updateTracks(): void {
    this.#peer?.updateTracks()
  }

  updateVideoProfile(): void {
    this.#peer?.setVideoProfile(this.#deps.videoProfile())
  }

  /** Asks them for this much of their video; `sendsLess` sends them small pictures at most. */
  limitVideo(wanted: VideoAmount, sendsLess: boolean): void {
    this.#shown.wanted = wanted
    this.#sendsLess = sendsLess
    this.#peer?.limitVideo(wanted, sendsLess)
  }

  sendMediaState(): void {
    this.#peer?.sendMediaState(this.#deps.media.mediaState())
  }

  /** The network changed, or the user asked to try again. */
  restartIce(): void {
    this.#recovery?.restartNow()
  }

  /** Only the user asks a participant again that was rejected, or rejected us. */
  retryRejected(): void {
    if (this.connection === 'rejected') this.#openPeer('offerer')
  }

  /** Tries again because the user asked, also if one of us rejected the other. */
  reconnect(): void {
    this.restartIce()
    this.retryRejected()
  }

  close(): void {
    this.#closed = true
    this.#cancelOffer()
    this.#closePeer()
  }

  async #onPayload(payload: Payload): Promise<void> {
    if ('sdp' in payload) return this.#onDescriptionPayload(payload)
    if ('refused' in payload) this.#reject()
    else if (this.#peer) this.#peer.addCandidate(payload.candidate)
    else queueCandidate(this.#pendingCandidates, payload.candidate)
  }

  async #onDescriptionPayload(payload: DescriptionPayload): Promise<void> {
    const { verification, ownId } = this.#deps
    const verdict = await (await verification()).verify(payload, this.id, ownId)
    if (this.#closed || verdict.name === 'outdated') return
    if (verdict.name === 'refused') return this.#refuse()
    const { description, sender } = verdict
    if (sender !== undefined) {
      this.#nameSigned = true
      this.#shown.name = shownName(sender)
    }
    this.#onDescription(description, payload.offer)
  }

  #onDescription(description: Description, offer: number | undefined): void {
    if (!this.#peer?.isFromSameConnection(description)) {
      if (description.type === 'offer') this.#openPeer('answerer')
      else if (this.#peer)
        return this.#openPeer('offerer') // answered by a page that was reloaded
      else return
    }
    this.#peer?.receiveDescription(description, offer)
    for (const candidate of this.#pendingCandidates.splice(0)) this.#peer?.addCandidate(candidate)
  }

  /** Somebody may be in the middle: tells the participant, who closes the connection, too. */
  #refuse(): void {
    this.#events.send({ refused: true })
    this.#reject()
  }

  /**
   * One of us found that the connection does not lead to the other: closes it, and
   * tries nothing again until the user asks.
   */
  #reject(): void {
    this.#cancelOffer()
    this.#closePeer()
    this.#shown.verification = { name: 'failed' }
    this.#setConnection('rejected')
  }

  /** Replaces the peer connection with a new one. */
  #openPeer(role: Role): void {
    this.#cancelOffer()
    this.#closePeer()
    this.#shown.verification = { name: 'pending' }
    const { clock, createStream, media, ownId, nextOffer, verification } = this.#deps
    const polite = ownId < this.id
    const { Peer } = loadedTrust()
    const peer: Peer = new Peer({
      role,
      polite,
      open: () => this.#deps.spare.take() ?? this.#createConnection(),
      remoteStream: createStream(),
      createStream,
      devices: () => ({ tracks: media.tracks(), stream: media.stream }),
      screen: () => media.sharedScreen(),
      nextOffer,
      clock,
      events: {
        signal: (payload) => this.#signal(payload),
        connectionState: (state) => {
          this.#recovery?.onStateChange(state)
          checks.check()
        },
        negotiated: () => checks.check(),
        misread: () => peer === this.#peer && this.#refuse(),
        message: (data) => {
          checks.receive(data)
          if (peer === this.#peer) this.#events.heard(data)
        },
        track: (track) => track.kind === 'video' && (this.#shown.videoTrack = track),
        screen: (stream) => (this.#shown.screen = stream),
        mediaState: (state) => (this.#shown.mediaState = state),
        closed: () => this.#onPeerClosed(),
      },
    })
    const checks = new PeerChecks(peer, verification, clock, (status) => {
      if (status.name === 'failed') return this.#refuse()
      this.#shown.verification = status
      this.#events.changed()
    })
    this.#peer = peer
    this.#checks = checks
    this.#shown.stream = peer.remoteStream
    this.#recovery = new Recovery(clock, polite ? 'answerer' : 'offerer', {
      state: () => peer.state,
      changed: (connection) => this.#onMediaConnection(connection),
      restartIce: () => this.#onMediaLost(),
    })
    this.updateVideoProfile()
    peer.limitVideo(this.wanted, this.#sendsLess)
    this.sendMediaState()
    this.#setConnection('connecting')
  }

  async #createConnection(): Promise<RTCPeerConnection> {
    const { iceServers, createPeerConnection } = this.#deps
    const [servers] = await Promise.all([iceServers.current(), this.#mediaReady()])
    return createPeerConnection(servers)
  }

  /** Tracks that come later need a second offer, but the first does not wait long for them. */
  #mediaReady(): Promise<void> {
    const timeout = new Promise<void>((resolve) => {
      this.#deps.clock.after(MEDIA_TIMEOUT, resolve)
    })
    return Promise.race([this.#deps.media.ready(), timeout])
  }

  /** Sends in order; signing a description is asynchronous. */
  #signal(payload: Payload): void {
    const peer = this.#peer
    this.#outbox = this.#outbox
      .then(async () => {
        const signed = 'sdp' in payload ? await this.#sign(payload) : payload
        if (peer === this.#peer) this.#events.send(signed)
      })
      .catch((error: unknown) => console.warn('A message to a participant was not sent.', error))
  }

  async #sign(payload: DescriptionPayload): Promise<DescriptionPayload> {
    const { verification, ownId, ownName } = this.#deps
    return (await verification()).sign(payload, ownId, this.id, ownName)
  }

  /**
   * They closed their connection: they leave, or come back, or else we call them.
   * Without the server they cannot come back now; it tells us later if they do.
   */
  #onPeerClosed(): void {
    this.#closePeer()
    if (this.seat === 'gone' || !this.#events.hasServer()) return this.#events.gone()
    this.#setConnection('none')
    this.#offerLater()
  }

  #onMediaConnection(connection: MediaConnection): void {
    if (connection === 'connected' && this.connection !== 'connecting') this.#peer?.sendKeyFrame()
    this.#setConnection(connection)
  }

  #onMediaLost(): void {
    this.#events.mediaLost()
    void this.#restartIce()
  }

  #offerLater(): void {
    this.#cancelOffer()
    this.#cancelOffer = this.#deps.clock.after(OFFER_TIMEOUT, () => this.initiate())
  }

  #setConnection(connection: PeerConnectionStatus): void {
    this.#shown.connection = connection
    this.#events.changed()
  }

  /** If several restarts wait for ICE servers, only the last one happens. */
  async #restartIce(): Promise<void> {
    const [peer, number] = [this.#peer, ++this.#restarts]
    const servers = await this.#deps.iceServers.fresh()
    if (peer === this.#peer && number === this.#restarts) peer?.restartIce(servers)
  }

  #closePeer(): void {
    this.#stopWatchdog()
    this.#recovery?.stop()
    this.#peer?.close()
    this.#checks?.stop()
    this.#recovery = this.#peer = this.#checks = undefined
    this.#shown.stream = this.#shown.videoTrack = undefined
    this.#shown.screen = this.#shown.mediaState = undefined
  }
}
