/** The local camera, microphone and screen, before and during the call. */
import type { MediaState } from '../rtc/media-state.ts'
import type { LocalTracks, MediaKind } from '../rtc/transceivers.ts'
import type { VideoProfile } from '../rtc/video-quality.ts'
import { captureBoth, captureScreen } from './capture.ts'
import { groupDevices, NO_DEVICES, type DeviceKind, type Devices } from './devices.ts'
import { InputDevice, type DeviceState, type InputDeviceDeps } from './input-device.svelte.ts'

export type { DeviceState }

export type ScreenShare = { name: 'idle' } | { name: 'shared'; track: MediaStreamTrack }

export interface LocalMediaEvents {
  /** Another track is to be sent, or none. */
  track(kind: MediaKind, track: MediaStreamTrack | null): void
  /** The result of `mediaState` changed. */
  mediaState(): void
}

export interface LocalMediaDeps extends InputDeviceDeps {
  createStream(tracks: MediaStreamTrack[]): MediaStream
}

/** For so long the user is told that another microphone is in use, in ms. */
const REPLACEMENT_SHOWN = 15_000

export class LocalMedia {
  /** Groups our tracks into one stream at the peers. */
  readonly stream: MediaStream
  /** Set by the owner of the call. */
  events: LocalMediaEvents = { track: () => undefined, mediaState: () => undefined }
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
  #screenStream = $derived.by(() => this.#createScreenStream(this.#screen))
  #preview = $derived.by(() => this.#createPreview(this.#screen, this.camera))

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

  /** The video that others see, or would see. */
  get preview(): MediaStream | undefined {
    return this.#preview
  }

  /** Whether the preview is shown as in a mirror: a camera that faces the user is. */
  get mirrored(): boolean {
    if (this.#screen.name === 'shared') return false
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
    const { preferences } = this.#deps
    const [useMicrophone, useCamera] = [this.#microphone.request(), this.#camera.request()]
    const { audio, video } = await captureBoth(
      this.#deps,
      preferences.device('audioinput'),
      preferences.device('videoinput'),
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
    return {
      audio: this.#microphone.liveTrack,
      video: this.#screen.name === 'shared' ? this.#screen.track : this.#camera.liveTrack,
    }
  }

  mediaState(): MediaState {
    const screen = this.#screen.name === 'shared'
    return {
      muted: this.microphone.name !== 'on',
      camera: screen || this.camera.name === 'on',
      screen,
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

  async shareScreen(): Promise<void> {
    const number = ++this.#screenRequests
    const result = await captureScreen(this.#deps)
    if ('problem' in result) return // the user cancelled
    const { track } = result
    if (number !== this.#screenRequests) return track.stop()
    track.contentHint = 'detail'
    track.addEventListener('ended', () => {
      if (this.#screen.name === 'shared' && this.#screen.track === track) this.stopScreen()
    })
    this.#screen = { name: 'shared', track }
    this.#sendVideo()
  }

  stopScreen(): void {
    this.#screenRequests++
    if (this.#screen.name === 'idle') return
    this.#screen.track.stop()
    this.#screen = { name: 'idle' }
    this.#sendVideo()
  }

  #sendVideo(): void {
    this.events.track('video', this.tracks().video)
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
    this.events.track(kind, this.tracks()[kind])
    void this.#listDevices()
  }

  #showReplacement(replacement: { label: string }): void {
    this.#replacement = replacement
    setTimeout(() => {
      if (this.#replacement === replacement) this.#replacement = undefined
    }, REPLACEMENT_SHOWN)
  }

  #createScreenStream(screen: ScreenShare): MediaStream | undefined {
    return screen.name === 'shared' ? this.#deps.createStream([screen.track]) : undefined
  }

  #createPreview(screen: ScreenShare, camera: DeviceState): MediaStream | undefined {
    const track = screen.name === 'shared' ? screen.track : camera.name === 'on' && camera.track
    return track ? this.#deps.createStream([track]) : undefined
  }

  async #listDevices(): Promise<void> {
    const list = await this.#deps.mediaDevices?.enumerateDevices().catch(() => [])
    this.#devices = groupDevices(list ?? [])
  }
}

/** Reports whether this is the back camera of a phone. */
function facesAway(track: MediaStreamTrack): boolean {
  const { facingMode } = track.getSettings()
  if (facingMode) return facingMode === 'environment'
  return /\b(back|rear|environment)\b/i.test(track.label)
}
