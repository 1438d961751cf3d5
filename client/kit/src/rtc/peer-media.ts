/**
 * What flows over one peer connection: our tracks on their way out, limited to a profile,
 * and the peer's on their way in. A screen has sections of its own where the peer's page
 * knows these; elsewhere it replaces the camera.
 */
import type { MediaState, PeerMediaState, VideoAmount } from './media-state.ts'
import {
  addTransceivers,
  attachTracks,
  findScreenTransceiver,
  findTransceiver,
  MEDIA_KINDS,
  type MediaKind,
  type Outgoing,
} from './transceivers.ts'
import {
  applyScreenProfile,
  applyVideoProfile,
  limitedProfile,
  sendKeyFrame,
  type VideoProfile,
} from './video-quality.ts'

export interface PeerMediaOptions {
  /** Collects the remote tracks of devices; the same stream for the whole connection. */
  remoteStream: MediaStream
  createStream: () => MediaStream
  /** Returns what our devices capture when it is needed. */
  devices: () => Outgoing
  /** Returns the screen that we share, if any. */
  screen: () => Outgoing | undefined
}

export interface PeerMediaEvents {
  /** A remote track was added to the stream. */
  track(track: MediaStreamTrack): void
  /** The peer's screen arrives in this stream, or not any more. */
  screen(stream: MediaStream | undefined): void
}

/** Where the peer's page shows our screen: we cannot send any before we know. */
type ScreenPlace = 'unknown' | 'beside' | 'instead'

export class PeerMedia {
  readonly #options: PeerMediaOptions
  readonly #events: PeerMediaEvents
  #screenPlace: ScreenPlace = 'unknown'
  #screenTracks: MediaStreamTrack[] = []
  /** What receives the peer's microphone. Its level is asked for too often to look for it. */
  #voice: RTCRtpReceiver | undefined
  #profile: VideoProfile | undefined
  /** How much of our video the peer wants, and how much we send at most. */
  #theyWant: VideoAmount = 'full'
  #sendsLess = false
  /** How much of their video we want. */
  #weWant: VideoAmount = 'full'
  /** Whether our video is new to the peer. */
  #starting = true

  constructor(options: PeerMediaOptions, events: PeerMediaEvents) {
    this.#options = options
    this.#events = events
  }

  /** Whether it is known what the peer's page makes of a screen. */
  get knowsPage(): boolean {
    return this.#screenPlace !== 'unknown'
  }

  /**
   * The peer's page takes a screen beside the camera, or does not. Reports whether that is new.
   * A page that takes it once always does, so a peer cannot make us negotiate over and over.
   */
  setPage(takesScreenBeside: boolean): boolean {
    const before = this.#screenPlace
    if (before !== 'beside') this.#screenPlace = takesScreenBeside ? 'beside' : 'instead'
    return this.#screenPlace !== before
  }

  /** What the peer is told of our media, which is what it is sent. */
  toldState(state: MediaState): PeerMediaState {
    const screen = state.screen && this.knowsPage
    const camera = state.camera || (screen && this.#screenPlace === 'instead')
    return { ...state, camera, screen, screenBeside: true, want: this.#weWant }
  }

  /** Prepares the first offer. */
  prepare(pc: RTCPeerConnection): void {
    addTransceivers(pc, this.#devices())
  }

  /** Sends our tracks as they are now. */
  async attach(pc: RTCPeerConnection): Promise<void> {
    const screen = this.#screenPlace === 'beside' ? this.#options.screen() : undefined
    await attachTracks(pc, this.#devices(), screen)
  }

  #devices(): Outgoing {
    const { devices, screen } = this.#options
    const { tracks, stream } = devices()
    const video = (this.#screenPlace === 'instead' && screen()?.tracks.video) || tracks.video
    return { tracks: { ...tracks, video }, stream }
  }

  onTrack(pc: RTCPeerConnection, { track, transceiver }: RTCTrackEvent): void {
    if (transceiver !== findTransceiver(pc, track.kind as MediaKind)) return
    this.#options.remoteStream.addTrack(track)
    this.#events.track(track)
  }

  /** An offer and its answer are applied. */
  onNegotiated(pc: RTCPeerConnection): void {
    this.#voice = findTransceiver(pc, 'audio')?.receiver
    this.#updateScreen(pc)
  }

  /** Tells which tracks of a screen arrive now. */
  #updateScreen(pc: RTCPeerConnection): void {
    const tracks = MEDIA_KINDS.flatMap((kind) => {
      const transceiver = findScreenTransceiver(pc, kind)
      const receives = /recv/.test(transceiver?.currentDirection ?? '')
      return transceiver && receives ? [transceiver.receiver.track] : []
    })
    const before = this.#screenTracks
    if (tracks.length === before.length && tracks.every((track) => before.includes(track))) return
    this.#screenTracks = tracks
    const stream = tracks.length > 0 ? this.#options.createStream() : undefined
    for (const track of tracks) stream?.addTrack(track)
    this.#events.screen(stream)
  }

  set profile(profile: VideoProfile) {
    this.#profile = profile
  }

  /** Reports whether that is new. */
  setLimits(weWant: VideoAmount, sendsLess: boolean): boolean {
    if (weWant === this.#weWant && sendsLess === this.#sendsLess) return false
    this.#weWant = weWant
    this.#sendsLess = sendsLess
    return true
  }

  /** The peer wants this much of our video. Reports whether that is new. */
  setWanted(amount: VideoAmount): boolean {
    if (amount === this.#theyWant) return false
    this.#theyWant = amount
    return true
  }

  /** Our video is not new to the peer any more. */
  onStarted(): void {
    this.#starting = false
  }

  async applyProfile(pc: RTCPeerConnection): Promise<void> {
    const [camera, screen] = videoSenders(pc)
    if (!this.#profile) return
    const amount = this.#theyWant === 'full' && this.#sendsLess ? 'low' : this.#theyWant
    const profile = limitedProfile(this.#profile, amount)
    if (camera) await applyVideoProfile(camera, profile, this.#starting)
    if (screen?.track) await applyScreenProfile(screen, profile)
  }

  async sendKeyFrames(pc: RTCPeerConnection): Promise<void> {
    for (const sender of videoSenders(pc)) if (sender) await sendKeyFrame(sender)
  }

  /** The level of what the peer's microphone sends, from 0 to 1. */
  audioLevel(): number {
    const sources = this.#voice?.getSynchronizationSources() ?? []
    return Math.max(0, ...sources.map(({ audioLevel }) => audioLevel ?? 0))
  }
}

function videoSenders(pc: RTCPeerConnection): (RTCRtpSender | undefined)[] {
  return [findTransceiver, findScreenTransceiver].map((find) => find(pc, 'video')?.sender)
}
