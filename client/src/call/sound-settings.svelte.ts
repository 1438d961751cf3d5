/** How the microphone sounds, which is the user's choice. */
import type { LocalMedia } from '../media/local-media.svelte.ts'
import type { Preferences } from '../media/preferences.ts'
import { findTransceiver } from 'vidchat-kit'

/** Enough for music in one channel, in bits per second. */
const MUSIC_BITRATE = 128_000

export class SoundSettings {
  readonly #preferences: Preferences
  readonly #media: LocalMedia
  #isOriginal = $state(false)
  #cancelsEcho = $state(true)

  constructor(preferences: Preferences, media: LocalMedia) {
    this.#preferences = preferences
    this.#media = media
    this.#isOriginal = preferences.choice('originalSound') ?? false
    this.#cancelsEcho = preferences.choice('echoCancellation') ?? true
  }

  /** Whether noise is left in, and the volume as it is, which music needs. */
  get isOriginal(): boolean {
    return this.#isOriginal
  }

  set isOriginal(on: boolean) {
    this.#isOriginal = on
    this.#change('originalSound', on)
  }

  /** Whether echo is removed from original sound; it is always removed from other sound. */
  get cancelsEcho(): boolean {
    return this.#cancelsEcho
  }

  set cancelsEcho(on: boolean) {
    this.#cancelsEcho = on
    this.#change('echoCancellation', on)
  }

  /** Browsers do not change these settings of a microphone in use. */
  #change(what: string, on: boolean): void {
    this.#preferences.setChoice(what, on)
    const { microphone } = this.#media
    if (microphone.name === 'on' || microphone.name === 'off') void this.#media.renewMicrophone()
  }
}

let settings: SoundSettings | undefined

/** The settings of this page. */
export const soundSettings = (preferences: Preferences, media: LocalMedia): SoundSettings =>
  (settings ??= new SoundSettings(preferences, media))

/** Sends the microphone's sound at a bitrate for music, or at the browser's own. */
async function setSoundQuality(pc: RTCPeerConnection, isOriginal: boolean): Promise<void> {
  const sender = findTransceiver(pc, 'audio')?.sender
  const parameters = sender?.getParameters()
  const [encoding] = parameters?.encodings ?? []
  if (!sender || !parameters || !encoding) return
  if (isOriginal) encoding.maxBitrate = MUSIC_BITRATE
  else if (encoding.maxBitrate === undefined) return
  else delete encoding.maxBitrate
  await sender.setParameters(parameters).catch(() => undefined)
}

/** The part of a call in use. */
interface SoundCall {
  readonly participants: readonly { connection: string; rtc: RTCPeerConnection | undefined }[]
}

/** Has an effect keep the quality of the call's sound, as long as the component lives. */
export function keepSoundQuality(call: () => SoundCall, settings: () => SoundSettings): void {
  $effect(() => {
    const { isOriginal } = settings()
    for (const { connection, rtc } of call().participants) {
      if (connection === 'connected' && rtc) void setSoundQuality(rtc, isOriginal)
    }
  })
}
