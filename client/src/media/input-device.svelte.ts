/** The microphone or the camera: what the user wants of it, and the track in use. */
import { tick } from 'svelte'
import type { MediaKind } from 'vidchat-kit'
import {
  captureCamera,
  captureMicrophone,
  type CaptureDeps,
  type CaptureResult,
  type DeviceChoice,
} from './capture.ts'
import type { MediaProblem } from './problem.ts'

/** An `off` camera has no track, or one that is stopped. */
export type DeviceState =
  | { name: 'asking' }
  | { name: 'on'; track: MediaStreamTrack }
  | { name: 'off'; track: MediaStreamTrack | undefined }
  | { name: 'missing'; problem: MediaProblem }

export interface InputDeviceEvents {
  /** Another track is in use, or none. */
  track(): void
  /** The device is on or off now, or does not work. */
  state(): void
  /** The device in use is gone, and this one replaces it. */
  replaced(label: string): void
}

/** A camera that is switched off sends black frames for so long before it is released, in ms. */
const RELEASE_DELAY = 700
/** A device gets so long to resume by itself once the page is visible again, in ms. */
const RESUME_DELAY = 1000

const ASKING: DeviceState = { name: 'asking' }
const CAPTURE = { audio: captureMicrophone, video: captureCamera }

export class InputDevice {
  readonly #kind: MediaKind
  readonly #deps: CaptureDeps
  readonly #events: InputDeviceEvents
  #state = $state.raw<DeviceState>(ASKING)
  #track: MediaStreamTrack | undefined
  /** Whether the user wants it on. Outlasts the call and a reload, so that nobody is live unasked. */
  #wanted: boolean
  #choice: DeviceChoice
  /** Counts requests: the tracks of all but the last one are stopped. */
  #requests = 0
  #pending = false
  /** Whether the system has silenced the track. */
  #interrupted = false

  constructor(kind: MediaKind, deps: CaptureDeps, events: InputDeviceEvents) {
    this.#kind = kind
    this.#deps = deps
    this.#events = events
    this.#wanted = deps.preferences.wanted(kind)
  }

  get state(): DeviceState {
    return this.#state
  }

  get wanted(): boolean {
    return this.#wanted
  }

  /** The track to send; null if there is none. */
  get liveTrack(): MediaStreamTrack | null {
    return this.#track?.readyState === 'live' ? this.#track : null
  }

  /** Whether it is neither in use nor being requested. */
  get isUnused(): boolean {
    if (this.#state.name === 'asking') return !this.#pending
    return this.#state.name === 'missing'
  }

  get chosen(): DeviceChoice {
    return this.#choice ?? this.#deps.preferences.device(`${this.#kind}input`)
  }

  /** Turns it on or off. Asks for a device if there is none. */
  async setOn(on: boolean): Promise<void> {
    this.#wanted = on
    this.#deps.preferences.setWanted(this.#kind, on)
    if (this.#pending) return // the result is switched as wanted
    if (on && (this.isUnused || !this.liveTrack)) return this.capture()
    if (!on && this.isUnused && !this.#track) return
    if (this.#track) this.#track.enabled = on
    this.#showTrack()
    this.#events.state()
  }

  /**
   * Uses another device from now on; a camera that is off, once it is on. A `choice` is not
   * remembered in `preferences`, and lasts until the next one.
   */
  async change(choice?: DeviceChoice): Promise<void> {
    this.#choice = choice
    if (this.#kind === 'video' && this.#state.name === 'off') this.#track?.stop()
    else await this.capture()
  }

  /** Captures the chosen device, or the default one. */
  async capture(): Promise<void> {
    const use = this.request()
    // Whatever watches the old track stops: as long as it is open, Chromium opens the device
    // only with the settings of before, or without any.
    await tick()
    use(await this.#captureChosen())
  }

  #captureChosen(): Promise<CaptureResult> {
    return CAPTURE[this.#kind](this.#deps, this.chosen)
  }

  /**
   * Starts a request, and returns the function that uses its result. A result
   * that comes after another request, or after `stop`, is discarded.
   */
  request(): (result: CaptureResult) => void {
    // Some systems open a device only once, so the old track is stopped first.
    this.stop()
    this.#pending = true
    const number = this.#requests
    return (result) => {
      if (number === this.#requests) this.#use(result)
      else if ('track' in result) result.track.stop()
    }
  }

  /** Keeps a camera off without opening it. */
  stayOff(): void {
    this.stop()
    this.#state = { name: 'off', track: undefined }
  }

  stop(): void {
    this.#requests++
    this.#pending = this.#interrupted = false
    this.#track?.stop()
    this.#track = undefined
    this.#state = ASKING
  }

  /** The page is visible again: captures anew what the system does not give back. */
  resume(): void {
    setTimeout(() => {
      const { name } = this.#state
      const interrupted = this.#state.name === 'missing' && this.#state.problem === 'interrupted'
      if (interrupted || (name === 'on' && !this.liveTrack)) void this.#recapture()
    }, RESUME_DELAY)
  }

  #use(result: CaptureResult): void {
    this.#pending = false
    if ('problem' in result) {
      this.#state = { name: 'missing', problem: result.problem }
    } else {
      const { track } = result
      // Before anyone gets the track: not a moment of sound may pass while muted.
      track.enabled = this.#wanted
      this.#track = track
      this.#listen(track)
      this.#showTrack()
    }
    this.#events.track()
    this.#events.state()
  }

  #listen(track: MediaStreamTrack): void {
    const on = (event: string, handle: () => void) =>
      track.addEventListener(event, () => track === this.#track && handle())
    on('ended', () => void this.#onEnded())
    on('mute', () => this.#setInterrupted(true))
    on('unmute', () => this.#setInterrupted(false))
  }

  /** Derives the state from the track, and releases a camera that is off. */
  #showTrack(): void {
    const track = this.#track
    if (!this.#wanted || !track) {
      this.#state = { name: 'off', track }
      if (this.#kind === 'video') setTimeout(() => this.#release(track), RELEASE_DELAY)
    } else if (this.#interrupted) this.#state = { name: 'missing', problem: 'interrupted' }
    else this.#state = { name: 'on', track }
  }

  /** Turns off the light of a camera that is still off. */
  #release(track: MediaStreamTrack | undefined): void {
    if (this.#state.name === 'off' && this.#state.track === track) track?.stop()
  }

  /**
   * The device was unplugged, or the user or the system revoked access. Another
   * microphone replaces it; another camera may show what nobody should see.
   */
  async #onEnded(): Promise<void> {
    if (this.#kind === 'video') {
      if (this.#state.name !== 'off') this.request()({ problem: 'unplugged' })
      return
    }
    const use = this.request()
    this.#events.state()
    const result = await captureMicrophone(this.#deps, undefined)
    const none = 'problem' in result && result.problem === 'not-found'
    use(none ? { problem: 'unplugged' } : result)
    if ('track' in result && result.track === this.#track) this.#events.replaced(result.track.label)
  }

  /** The system silences the track during a phone call, or in the background. */
  #setInterrupted(interrupted: boolean): void {
    this.#interrupted = interrupted
    this.#showTrack()
    this.#events.state()
  }

  /** While the system still uses the device itself, it counts as interrupted. */
  async #recapture(): Promise<void> {
    const use = this.request()
    const result = await this.#captureChosen()
    const busy = 'problem' in result && result.problem === 'in-use'
    use(busy ? { problem: 'interrupted' } : result)
  }
}
