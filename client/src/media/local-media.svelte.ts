/** The local camera, microphone and screen, before and during the call. */
import type { MediaState } from '../rtc/media-state.ts'
import type { LocalTracks, MediaKind } from '../rtc/peer.ts'
import type { VideoProfile } from '../rtc/video-quality.ts'
import {
  captureBoth,
  captureCamera,
  captureMicrophone,
  captureScreen,
  type CaptureDeps,
  type CaptureResult,
} from './capture.ts'
import { groupDevices, NO_DEVICES, type DeviceKind, type Devices } from './devices.ts'
import type { Preferences } from './preferences.ts'
import type { MediaProblem } from './problem.ts'

/** The state of the camera or microphone. An `off` camera's track may be stopped. */
export type DeviceState =
  | { name: 'asking' }
  | { name: 'on'; track: MediaStreamTrack }
  | { name: 'off'; track: MediaStreamTrack }
  | { name: 'missing'; problem: MediaProblem }

export type ScreenShare = { name: 'idle' } | { name: 'shared'; track: MediaStreamTrack }

export interface LocalMediaEvents {
  /** Another track is to be sent, or none. */
  track(kind: MediaKind, track: MediaStreamTrack | null): void
  /** The result of `mediaState` changed. */
  mediaState(): void
}

export interface LocalMediaDeps extends CaptureDeps {
  preferences: Preferences
  createStream(tracks: MediaStreamTrack[]): MediaStream
}

/** A camera that is switched off sends black frames for so long before it is released, in ms. */
const RELEASE_DELAY = 700

const ASKING: DeviceState = { name: 'asking' }

export class LocalMedia {
  /** Groups our tracks into one stream at the peers. */
  readonly stream: MediaStream
  /** Set by the owner of the call. */
  events: LocalMediaEvents = { track: () => undefined, mediaState: () => undefined }
  readonly #deps: LocalMediaDeps
  /** Counts calls of `stop`: tracks that were requested before the last one are discarded. */
  #generation = 0
  #started = Promise.resolve()
  #microphone = $state.raw<DeviceState>(ASKING)
  #camera = $state.raw<DeviceState>(ASKING)
  #screen = $state.raw<ScreenShare>({ name: 'idle' })
  #devices = $state.raw<Devices>(NO_DEVICES)
  #speaker = $state.raw('')
  #profile: VideoProfile | undefined
  #preview = $derived.by(() => this.#createPreview(this.#screen, this.#camera))

  constructor(deps: LocalMediaDeps) {
    this.#deps = deps
    this.stream = deps.createStream([])
    this.#speaker = deps.preferences.device('audiooutput') ?? ''
    deps.mediaDevices?.addEventListener('devicechange', () => void this.#listDevices())
  }

  get microphone(): DeviceState {
    return this.#microphone
  }

  get camera(): DeviceState {
    return this.#camera
  }

  get screen(): ScreenShare {
    return this.#screen
  }

  get devices(): Devices {
    return this.#devices
  }

  /** The video that others see, or would see. */
  get preview(): MediaStream | undefined {
    return this.#preview
  }

  /** The id of the chosen speaker; '' is the default one. */
  get speaker(): string {
    return this.#speaker
  }

  /** Asks for camera and microphone, unless we have them. */
  async start(): Promise<void> {
    const [microphone, camera] = [this.#microphone, this.#camera]
    if (microphone.name !== 'asking' && microphone.name !== 'missing') return
    if (camera.name !== 'asking' && camera.name !== 'missing') return
    this.#microphone = this.#camera = ASKING
    this.#started = this.#captureBoth()
    await this.#started
  }

  /** Resolves once the last `start` is done. */
  ready(): Promise<void> {
    return this.#started
  }

  async #captureBoth(): Promise<void> {
    const generation = this.#generation
    const { preferences } = this.#deps
    const { audio, video } = await captureBoth(
      this.#deps,
      preferences.device('audioinput'),
      preferences.device('videoinput'),
    )
    this.#use('audio', audio, generation)
    this.#use('video', video, generation)
    await this.#listDevices()
  }

  /** Releases all devices. */
  stop(): void {
    this.#generation++
    trackOf(this.#microphone)?.stop()
    trackOf(this.#camera)?.stop()
    this.stopScreen()
    this.#microphone = this.#camera = ASKING
  }

  tracks(): LocalTracks {
    const camera = trackOf(this.#camera)
    const live = camera?.readyState === 'live' ? camera : null
    return {
      audio: trackOf(this.#microphone) ?? null,
      video: this.#screen.name === 'shared' ? this.#screen.track : live,
    }
  }

  mediaState(): MediaState {
    const screen = this.#screen.name === 'shared'
    return {
      muted: this.#microphone.name !== 'on',
      camera: screen || this.#camera.name === 'on',
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
    const camera = trackOf(this.#camera)
    if (!this.#profile || camera?.readyState !== 'live') return
    const { height, framerate } = this.#profile
    const size = { width: { ideal: (height * 16) / 9 }, height: { ideal: height } }
    // Where the camera cannot, only the sender's bitrate is limited.
    void camera
      .applyConstraints({ ...size, frameRate: { ideal: framerate } })
      .catch(() => undefined)
  }

  /** Mutes or unmutes. Asks for a microphone if there is none. */
  async setMicrophone(on: boolean): Promise<void> {
    const track = trackOf(this.#microphone)
    if (!track) return on ? this.#recapture('audio') : undefined
    track.enabled = on
    this.#microphone = { name: on ? 'on' : 'off', track }
    this.events.mediaState()
  }

  /** Turns the camera, and its light, on or off. */
  async setCamera(on: boolean): Promise<void> {
    const track = trackOf(this.#camera)
    if (!track || (on && track.readyState === 'ended'))
      return on ? this.#recapture('video') : undefined
    track.enabled = on
    this.#camera = { name: on ? 'on' : 'off', track }
    this.events.mediaState()
    if (!on) setTimeout(() => this.#release(track), RELEASE_DELAY)
  }

  /** Uses another device from now on. */
  async chooseDevice(kind: DeviceKind, id: string): Promise<void> {
    this.#deps.preferences.setDevice(kind, id)
    if (kind === 'audiooutput') this.#speaker = id
    else if (kind === 'audioinput') await this.#changeMicrophone()
    else if (this.#camera.name === 'off') this.#camera.track.stop()
    else await this.#recapture('video')
  }

  async shareScreen(): Promise<void> {
    const result = await captureScreen(this.#deps)
    if ('problem' in result) return // the user cancelled
    const { track } = result
    track.contentHint = 'detail'
    track.addEventListener('ended', () => this.stopScreen())
    this.#screen = { name: 'shared', track }
    this.#sendVideo()
  }

  stopScreen(): void {
    if (this.#screen.name === 'idle') return
    this.#screen.track.stop()
    this.#screen = { name: 'idle' }
    this.#sendVideo()
  }

  #sendVideo(): void {
    this.events.track('video', this.tracks().video)
    this.events.mediaState()
  }

  /** A muted microphone stays muted. */
  async #changeMicrophone(): Promise<void> {
    const muted = this.#microphone.name === 'off'
    await this.#recapture('audio')
    if (muted) await this.setMicrophone(false)
  }

  async #recapture(kind: MediaKind): Promise<void> {
    const before = kind === 'audio' ? this.#microphone : this.#camera
    this.#set(kind, ASKING)
    // Some systems open a device only once, so the old track is stopped first.
    trackOf(before)?.stop()
    const capture = kind === 'audio' ? captureMicrophone : captureCamera
    const generation = this.#generation
    const device = this.#deps.preferences.device(`${kind}input`)
    this.#use(kind, await capture(this.#deps, device), generation)
    await this.#listDevices()
  }

  #use(kind: MediaKind, result: CaptureResult, generation = this.#generation): void {
    if (generation !== this.#generation) {
      if ('track' in result) result.track.stop()
      return
    }
    if ('problem' in result) {
      this.#set(kind, { name: 'missing', problem: result.problem })
    } else {
      const { track } = result
      track.addEventListener('ended', () => this.#onEnded(kind, track))
      this.#set(kind, { name: 'on', track })
      if (kind === 'video') this.#constrainCamera()
    }
    this.events.track(kind, this.tracks()[kind])
    this.events.mediaState()
  }

  #set(kind: MediaKind, state: DeviceState): void {
    if (kind === 'audio') this.#microphone = state
    else this.#camera = state
  }

  /** The device was unplugged, or the user or the system revoked access. */
  #onEnded(kind: MediaKind, track: MediaStreamTrack): void {
    if (trackOf(kind === 'audio' ? this.#microphone : this.#camera) !== track) return
    this.#use(kind, { problem: 'unplugged' })
  }

  /** Turns off the light of a camera that is still off. */
  #release(track: MediaStreamTrack): void {
    if (this.#camera.name === 'off' && this.#camera.track === track) track.stop()
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

function trackOf(device: DeviceState): MediaStreamTrack | undefined {
  return device.name === 'on' || device.name === 'off' ? device.track : undefined
}
