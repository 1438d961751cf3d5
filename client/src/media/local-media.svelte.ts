/** The local camera, microphone and screen, before and during the call. */
import type { LocalTracks, MediaKind, MediaState, Outgoing, VideoProfile } from 'vidchat-kit'
import { captureBoth, type CaptureDeps } from './capture.ts'
import { groupDevices, NO_DEVICES, type DeviceKind, type Devices } from './devices.ts'
import { InputDevice, type DeviceState } from './input-device.svelte.ts'

export type { DeviceState }

/** The audio track is there if the sound is shared, too. */
export type ScreenShare = { name: 'idle' } | ({ name: 'shared' } & Outgoing)

export interface LocalMediaEvents {
  /** Other tracks are to be sent, or none. */
  tracks(): void
  /** The result of `mediaState` changed. */
  mediaState(): void
}

export interface LocalMediaDeps extends CaptureDeps {
  createStream(tracks: MediaStreamTrack[]): MediaStream
}

/** For so long the user is told that another microphone is in use, in ms. */
const REPLACEMENT_SHOWN = 15_000

export class LocalMedia {
  /** Groups the tracks of camera and microphone into one stream at the peers. */
  readonly stream: MediaStream
  /** Set by the owner of the call. */
  events: LocalMediaEvents = { tracks: () => undefined, mediaState: () => undefined }
  readonly #deps: LocalMediaDeps
  readonly #microphone: InputDevice
  readonly #camera: InputDevice
  #started = Promise.resolve()
  #screen = $state.raw<ScreenShare>({ name: 'idle' })
  /** Counts requests for a screen: what is picked after the last one is discarded. */
  #screenRequests = 0
  #devices = $state.raw<Devices>(NO_DEVICES)
  #speaker = $state.raw('')
  #replacement = $state.raw<{ label: string } | undefined>()
  #profile: VideoProfile | undefined
  #preview = $derived.by(() => {
    const { camera } = this
    return this.#createStream(camera.name === 'on' ? camera.track : undefined)
  })
  #screenStream = $derived.by(() => {
    const screen = this.#screen
    return this.#createStream(screen.name === 'shared' ? screen.tracks.video : undefined)
  })

  constructor(deps: LocalMediaDeps) {
    this.#deps = deps
    this.stream = deps.createStream([])
    this.#microphone = this.#newDevice('audio')
    this.#camera = this.#newDevice('video')
    this.#speaker = deps.preferences.device('audiooutput') ?? ''
    deps.mediaDevices?.addEventListener('devicechange', () => void this.#listDevices())
  }

  get microphone(): DeviceState {
    return this.#microphone.state
  }

  get camera(): DeviceState {
    return this.#camera.state
  }

  get screen(): ScreenShare {
    return this.#screen
  }

  /** The picture of the screen that we share. Its sound is not played here. */
  get screenStream(): MediaStream | undefined {
    return this.#screenStream
  }

  get devices(): Devices {
    return this.#devices
  }

  /** The microphone that has just replaced one that was unplugged. */
  get replacement(): { label: string } | undefined {
    return this.#replacement
  }

  /** The picture of the camera, as others see it, or would see it. */
  get preview(): MediaStream | undefined {
    return this.#preview
  }

  /** Whether the preview is shown as in a mirror: a camera that faces the user is. */
  get mirrored(): boolean {
    return this.camera.name !== 'on' || !facesAway(this.camera.track)
  }

  /** The id of the chosen speaker; '' is the default one. */
  get speaker(): string {
    return this.#speaker
  }

  /** Asks for camera and microphone, unless we have them. A camera that is off stays closed. */
  async start(): Promise<void> {
    if (this.#microphone.isUnused && this.#camera.isUnused) this.#started = this.#capture()
    await this.#started
  }

  /** Resolves once the last `start` is done. */
  ready(): Promise<void> {
    return this.#started
  }

  async #capture(): Promise<void> {
    if (this.#camera.wanted) return this.#captureBoth()
    this.#camera.stayOff()
    await this.#microphone.capture()
  }

  async #captureBoth(): Promise<void> {
    const [useMicrophone, useCamera] = [this.#microphone.request(), this.#camera.request()]
    const { audio, video } = await captureBoth(
      this.#deps,
      this.#microphone.chosen,
      this.#camera.chosen,
    )
    useMicrophone(audio)
    useCamera(video)
  }

  /** Releases all devices. They stay on or off for the next `start`. */
  stop(): void {
    this.#microphone.stop()
    this.#camera.stop()
    this.stopScreen()
  }

  /** The page is visible again. */
  resume(): void {
    this.#microphone.resume()
    this.#camera.resume()
  }

  tracks(): LocalTracks {
    return { audio: this.#microphone.liveTrack, video: this.#camera.liveTrack }
  }

  /** What is sent of the shared screen; undefined if none is shared. */
  sharedScreen(): Outgoing | undefined {
    return this.#screen.name === 'shared' ? this.#screen : undefined
  }

  mediaState(): MediaState {
    return {
      muted: this.microphone.name !== 'on',
      camera: this.camera.name === 'on',
      screen: this.#screen.name === 'shared',
    }
  }

  /** Captures no better video than this profile, which is what others get. */
  setVideoProfile(profile: VideoProfile): void {
    const current = this.#profile
    if (profile.height === current?.height && profile.framerate === current.framerate) return
    this.#profile = profile
    this.#constrainCamera()
  }

  #constrainCamera(): void {
    const camera = this.#camera.liveTrack
    if (!this.#profile || !camera) return
    const { height, framerate } = this.#profile
    const size = { width: { ideal: (height * 16) / 9 }, height: { ideal: height } }
    // Where the camera cannot, only the sender's bitrate is limited.
    void camera
      .applyConstraints({ ...size, frameRate: { ideal: framerate } })
      .catch(() => undefined)
  }

  /** Mutes or unmutes. Asks for a microphone if there is none. */
  setMicrophone(on: boolean): Promise<void> {
    return this.#microphone.setOn(on)
  }

  /** Turns the camera, and its light, on or off. */
  setCamera(on: boolean): Promise<void> {
    return this.#camera.setOn(on)
  }

  /** Uses another device from now on. */
  async chooseDevice(kind: DeviceKind, id: string): Promise<void> {
    this.#deps.preferences.setDevice(kind, id)
    if (kind === 'audiooutput') this.#speaker = id
    else await (kind === 'audioinput' ? this.#microphone : this.#camera).change()
  }

  /** Uses the microphone anew, as `preferences` say. */
  renewMicrophone(): Promise<void> {
    return this.#microphone.change()
  }

  /** Uses the front or the back camera of a phone, until another one is chosen. */
  faceCamera(exact: 'user' | 'environment'): Promise<void> {
    return this.#camera.change({ facingMode: { exact } })
  }

  /** Shares the screen that `capture` lets the user pick; undefined if they pick none. */
  async shareScreen(capture: () => Promise<MediaStream | undefined>): Promise<void> {
    const number = ++this.#screenRequests
    const stream = await capture()
    const [video] = stream?.getVideoTracks() ?? []
    if (!stream || !video) return
    if (number !== this.#screenRequests) return stopAll(stream)
    const [audio = null] = stream.getAudioTracks()
    // The browser has a button of its own that ends it.
    video.addEventListener('ended', () => this.#isShared(stream) && this.stopScreen())
    this.#setScreen({ name: 'shared', tracks: { audio, video }, stream })
  }

  /** Gives the shared screen, if any, this `contentHint`. */
  setScreenHint(hint: string): void {
    const video = this.sharedScreen()?.tracks.video
    if (!video) return
    video.contentHint = hint
    this.events.tracks()
  }

  stopScreen(): void {
    this.#screenRequests++
    if (this.#screen.name === 'shared') this.#setScreen({ name: 'idle' })
  }

  #isShared(stream: MediaStream): boolean {
    return this.sharedScreen()?.stream === stream
  }

  #setScreen(screen: ScreenShare): void {
    const before = this.sharedScreen()
    if (before) stopAll(before.stream)
    this.#screen = screen
    this.events.tracks()
    this.events.mediaState()
  }

  #newDevice(kind: MediaKind): InputDevice {
    return new InputDevice(kind, this.#deps, {
      track: () => this.#onTrack(kind),
      state: () => this.events.mediaState(),
      replaced: (label) => this.#showReplacement({ label }),
    })
  }

  #onTrack(kind: MediaKind): void {
    if (kind === 'video') this.#constrainCamera()
    this.events.tracks()
    void this.#listDevices()
  }

  #showReplacement(replacement: { label: string }): void {
    this.#replacement = replacement
    setTimeout(() => {
      if (this.#replacement === replacement) this.#replacement = undefined
    }, REPLACEMENT_SHOWN)
  }

  #createStream(track: MediaStreamTrack | null | undefined): MediaStream | undefined {
    return track ? this.#deps.createStream([track]) : undefined
  }

  async #listDevices(): Promise<void> {
    const list = await this.#deps.mediaDevices?.enumerateDevices().catch(() => [])
    this.#devices = groupDevices(list ?? [])
  }
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

/** Reports whether this is the back camera of a phone. */
function facesAway(track: MediaStreamTrack): boolean {
  const { facingMode } = track.getSettings()
  if (facingMode) return facingMode === 'environment'
  return /\b(back|rear|environment)\b/i.test(track.label)
}
