/** What is sent of the streams that the developer of a page passes in. */
import type { MediaState } from '../rtc/media-state.ts'
import type { LocalTracks, Outgoing } from '../rtc/transceivers.ts'
import type { OutgoingMedia } from '../room/participant-deps.ts'

export interface StreamMediaEvents {
  /** Other tracks are to be sent, or none. */
  tracks(): void
  /** The result of `mediaState` changed. */
  mediaState(): void
}

export class StreamMedia implements OutgoingMedia {
  readonly stream: MediaStream
  readonly #events: StreamMediaEvents
  #devices: MediaStream | undefined
  #screen: MediaStream | undefined
  #muted = false
  #camera = true
  /** The developer's tracks that were disabled here; they may want others disabled, too. */
  readonly #silenced = new Set<MediaStreamTrack>()
  #isOver = false
  #listening = new AbortController()

  /** `group` groups the tracks of microphone and camera at the others, whichever these are. */
  constructor(group: MediaStream, events: StreamMediaEvents) {
    this.stream = group
    this.#events = events
  }

  get devices(): MediaStream | undefined {
    return this.#devices
  }

  get screen(): MediaStream | undefined {
    return this.#screen
  }

  setDevices(stream: MediaStream | undefined): void {
    this.#devices = stream
    this.#silence()
    this.#changed()
  }

  setScreen(stream: MediaStream | undefined): void {
    this.#screen = stream
    this.#changed()
  }

  setMuted(muted: boolean): void {
    this.#muted = muted
    this.#silence()
    this.#events.mediaState()
  }

  setCamera(on: boolean): void {
    this.#camera = on
    this.#changed()
  }

  /** They are there, or not. */
  async ready(): Promise<void> {
    return undefined
  }

  tracks(): LocalTracks {
    const { audio, video } = liveTracks(this.#devices)
    return { audio, video: this.#camera ? video : null }
  }

  sharedScreen(): Outgoing | undefined {
    const tracks = liveTracks(this.#screen)
    return this.#screen && tracks.video ? { tracks, stream: this.#screen } : undefined
  }

  mediaState(): MediaState {
    const { audio, video } = this.tracks()
    return {
      muted: this.#muted || !audio?.enabled,
      camera: video !== null,
      screen: this.sharedScreen() !== undefined,
    }
  }

  /** What is captured is the developer's; what is sent is limited by its sender. */
  setVideoProfile(): void {
    return undefined
  }

  /** The call is joined, for the first time or again. */
  start(): void {
    this.#isOver = false
    this.#silence()
    this.#changed()
  }

  /** The streams are the developer's, who may want to go on with them as they were. */
  stop(): void {
    this.#isOver = true
    this.#silence()
    this.#listening.abort()
  }

  /** Disables the microphone's tracks as long as we are muted, until the call is over. */
  #silence(): void {
    const silent = this.#muted && !this.#isOver ? (this.#devices?.getAudioTracks() ?? []) : []
    for (const track of this.#silenced) {
      if (silent.includes(track)) continue
      track.enabled = true
      this.#silenced.delete(track)
    }
    for (const track of silent) {
      if (!track.enabled) continue
      track.enabled = false
      this.#silenced.add(track)
    }
  }

  #changed(): void {
    this.#listening.abort()
    if (this.#isOver) return
    this.#listening = new AbortController()
    const { signal } = this.#listening
    const streams = [this.#devices, this.#screen]
    for (const track of streams.flatMap((stream) => stream?.getTracks() ?? [])) {
      // A device is unplugged, or the browser's own button ends a screen.
      track.addEventListener('ended', () => this.#tell(), { signal })
    }
    this.#tell()
  }

  #tell(): void {
    this.#events.tracks()
    this.#events.mediaState()
  }
}

function liveTracks(stream: MediaStream | undefined): LocalTracks {
  const isLive = ({ readyState }: MediaStreamTrack) => readyState === 'live'
  return {
    audio: stream?.getAudioTracks().find(isLive) ?? null,
    video: stream?.getVideoTracks().find(isLive) ?? null,
  }
}
