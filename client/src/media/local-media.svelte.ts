/** Our own camera, microphone and screen, before and during the call. */
import type { Kind, Tracks } from '../rtc/peer.ts'
import type { Rung } from '../rtc/video-quality.ts'
import type { Presence } from '../rtc/media-state.ts'
import {
  captureBoth,
  captureCamera,
  captureMicrophone,
  captureScreen,
  type Captured,
  type Environment,
} from './capture.ts'
import {
  NO_DEVICES,
  sortDevices,
  type DeviceKind,
  type Devices,
  type Preferences,
} from './devices.ts'
import type { MediaProblem } from './problem.ts'

/** A camera or a microphone, as its owner sees it. */
export type Source =
  | { name: 'asking' }
  | { name: 'on'; track: MediaStreamTrack }
  | { name: 'off'; track: MediaStreamTrack }
  | { name: 'missing'; problem: MediaProblem }

export type Screen = { name: 'idle' } | { name: 'shared'; track: MediaStreamTrack }

export interface LocalMediaEvents {
  /** Another track is to be sent, or none. */
  track(kind: Kind, track: MediaStreamTrack | null): void
  /** Something the other side should know has changed. */
  presence(): void
}

export interface MediaWorld extends Environment {
  preferences: Preferences
  createStream(tracks: MediaStreamTrack[]): MediaStream
}

/** A camera that is off goes dark for the other side first, and is let go after this, in ms. */
const DARK_BEFORE_RELEASE = 700

const ASKING: Source = { name: 'asking' }

export class LocalMedia {
  /** The name under which our tracks travel. */
  readonly outgoing: MediaStream
  /** Whom to tell; set by the owner of the call. */
  events: LocalMediaEvents = { track: () => undefined, presence: () => undefined }
  readonly #world: MediaWorld
  /** Counts the times everything was let go; what was asked for before comes too late. */
  #round = 0
  #started = Promise.resolve()
  #microphone = $state.raw<Source>(ASKING)
  #camera = $state.raw<Source>(ASKING)
  #screen = $state.raw<Screen>({ name: 'idle' })
  #devices = $state.raw<Devices>(NO_DEVICES)
  #speaker = $state.raw('')
  #rung: Rung | undefined
  #picture = $derived.by(() => this.#pictureOf(this.#screen, this.#camera))

  constructor(world: MediaWorld) {
    this.#world = world
    this.outgoing = world.createStream([])
    this.#speaker = world.preferences.device('audiooutput') ?? ''
    world.capturer?.addEventListener('devicechange', () => void this.#listDevices())
  }

  get microphone(): Source {
    return this.#microphone
  }

  get camera(): Source {
    return this.#camera
  }

  get screen(): Screen {
    return this.#screen
  }

  get devices(): Devices {
    return this.#devices
  }

  /** What others would see of us now. */
  get picture(): MediaStream | undefined {
    return this.#picture
  }

  /** The chosen speaker; '' is the browser's own choice. */
  get speaker(): string {
    return this.#speaker
  }

  /** Asks for camera and microphone, unless they are there already. */
  async start(): Promise<void> {
    const [microphone, camera] = [this.#microphone, this.#camera]
    if (microphone.name !== 'asking' && microphone.name !== 'missing') return
    if (camera.name !== 'asking' && camera.name !== 'missing') return
    this.#microphone = this.#camera = ASKING
    this.#started = this.#captureBoth()
    await this.#started
  }

  /** Resolves once the browser has answered what was asked last by `start`. */
  ready(): Promise<void> {
    return this.#started
  }

  async #captureBoth(): Promise<void> {
    const round = this.#round
    const captured = await captureBoth(
      this.#world,
      this.#wish('audioinput'),
      this.#wish('videoinput'),
    )
    this.#take('audio', captured.audio, round)
    this.#take('video', captured.video, round)
    await this.#listDevices()
  }

  /** Lets go of everything. */
  stop(): void {
    this.#round++
    trackOf(this.#microphone)?.stop()
    trackOf(this.#camera)?.stop()
    this.stopScreen()
    this.#microphone = this.#camera = ASKING
  }

  tracks(): Tracks {
    const camera = trackOf(this.#camera)
    const alive = camera?.readyState === 'live' ? camera : null
    return {
      audio: trackOf(this.#microphone) ?? null,
      video: this.#screen.name === 'shared' ? this.#screen.track : alive,
    }
  }

  presence(): Presence {
    const screen = this.#screen.name === 'shared'
    return {
      muted: this.#microphone.name !== 'on',
      camera: screen || this.#camera.name === 'on',
      screen,
    }
  }

  /** Takes pictures of this size from now on: no larger than anybody gets to see. */
  shape(rung: Rung): void {
    if (rung.height === this.#rung?.height && rung.framerate === this.#rung.framerate) return
    this.#rung = rung
    this.#shapeCamera()
  }

  #shapeCamera(): void {
    const camera = trackOf(this.#camera)
    if (!this.#rung || camera?.readyState !== 'live') return
    const { height, framerate } = this.#rung
    const size = { width: { ideal: (height * 16) / 9 }, height: { ideal: height } }
    // A camera that cannot is scaled down by the sender's bitrate alone.
    void camera
      .applyConstraints({ ...size, frameRate: { ideal: framerate } })
      .catch(() => undefined)
  }

  /** Mutes or unmutes; asks for a microphone where there is none yet. */
  async setMicrophone(on: boolean): Promise<void> {
    const track = trackOf(this.#microphone)
    if (!track) return on ? this.#retry('audio') : undefined
    track.enabled = on
    this.#microphone = { name: on ? 'on' : 'off', track }
    this.events.presence()
  }

  /** Switches the camera, and its light, on or off. */
  async setCamera(on: boolean): Promise<void> {
    const track = trackOf(this.#camera)
    if (!track || (on && track.readyState === 'ended')) return on ? this.#retry('video') : undefined
    track.enabled = on
    this.#camera = { name: on ? 'on' : 'off', track }
    this.events.presence()
    if (!on) setTimeout(() => this.#release(track), DARK_BEFORE_RELEASE)
  }

  /** Takes another device from now on. */
  async choose(kind: DeviceKind, id: string): Promise<void> {
    this.#world.preferences.chooseDevice(kind, id)
    if (kind === 'audiooutput') this.#speaker = id
    else if (kind === 'audioinput') await this.#chooseMicrophone()
    else if (this.#camera.name === 'off') this.#camera.track.stop()
    else await this.#retry('video')
  }

  async shareScreen(): Promise<void> {
    const captured = await captureScreen(this.#world)
    if ('problem' in captured) return // the user changed their mind
    const { track } = captured
    track.contentHint = 'detail'
    track.addEventListener('ended', () => this.stopScreen())
    this.#screen = { name: 'shared', track }
    this.#sendPicture()
  }

  stopScreen(): void {
    if (this.#screen.name === 'idle') return
    this.#screen.track.stop()
    this.#screen = { name: 'idle' }
    this.#sendPicture()
  }

  #sendPicture(): void {
    this.events.track('video', this.tracks().video)
    this.events.presence()
  }

  /** Who is muted stays muted. */
  async #chooseMicrophone(): Promise<void> {
    const muted = this.#microphone.name === 'off'
    await this.#retry('audio')
    if (muted) await this.setMicrophone(false)
  }

  /** The device used so far, or chosen before. */
  #wish(kind: DeviceKind): { device: string | undefined } {
    return { device: this.#world.preferences.device(kind) }
  }

  async #retry(kind: Kind): Promise<void> {
    const before = kind === 'audio' ? this.#microphone : this.#camera
    this.#set(kind, ASKING)
    // Some systems open a device once only: the old one goes first.
    trackOf(before)?.stop()
    const capture = kind === 'audio' ? captureMicrophone : captureCamera
    const round = this.#round
    this.#take(kind, await capture(this.#world, this.#wish(`${kind}input`)), round)
    await this.#listDevices()
  }

  #take(kind: Kind, captured: Captured, round = this.#round): void {
    if (round !== this.#round) {
      if ('track' in captured) captured.track.stop()
      return
    }
    if ('problem' in captured) {
      this.#set(kind, { name: 'missing', problem: captured.problem })
    } else {
      const { track } = captured
      track.addEventListener('ended', () => this.#onEnded(kind, track))
      this.#set(kind, { name: 'on', track })
      if (kind === 'video') this.#shapeCamera()
    }
    this.events.track(kind, this.tracks()[kind])
    this.events.presence()
  }

  #set(kind: Kind, source: Source): void {
    if (kind === 'audio') this.#microphone = source
    else this.#camera = source
  }

  /** Unplugged, or taken away by the user or the system. */
  #onEnded(kind: Kind, track: MediaStreamTrack): void {
    if (trackOf(kind === 'audio' ? this.#microphone : this.#camera) !== track) return
    this.#take(kind, { problem: 'unplugged' })
  }

  /** Puts out the light of a camera that is still off. */
  #release(track: MediaStreamTrack): void {
    if (this.#camera.name === 'off' && this.#camera.track === track) track.stop()
  }

  #pictureOf(screen: Screen, camera: Source): MediaStream | undefined {
    const source = screen.name === 'shared' ? screen.track : camera.name === 'on' && camera.track
    return source ? this.#world.createStream([source]) : undefined
  }

  async #listDevices(): Promise<void> {
    const list = await this.#world.capturer?.enumerateDevices().catch(() => [])
    this.#devices = sortDevices(list ?? [])
  }
}

function trackOf(source: Source): MediaStreamTrack | undefined {
  return source.name === 'on' || source.name === 'off' ? source.track : undefined
}
