/** Asks the browser for a screen. Loaded with the call. */
import type { LocalMedia } from './local-media.svelte.ts'
import type { Preferences } from './preferences.ts'

/** What a shared screen shows: text stays sharp, motion stays smooth. */
export type ScreenContent = 'text' | 'motion'

const HINTS = { text: 'detail', motion: 'motion' }
const CHOICE = 'screen.motion'

/** Also what TypeScript's library does not know yet. Browsers ignore what they do not know. */
const OPTIONS = {
  video: true,
  // As it is heard here, where it goes on, but without the voices of this call.
  audio: {
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
    suppressLocalAudioPlayback: false,
    restrictOwnAudio: true,
  },
  surfaceSwitching: 'include',
  // The call in itself would be a hall of mirrors.
  selfBrowserSurface: 'exclude',
}

/** Reports whether the browser lets pages share a screen; phones do not. */
export function canShareScreen(): boolean {
  return 'mediaDevices' in navigator && 'getDisplayMedia' in navigator.mediaDevices
}

/**
 * Lets the user pick a screen; undefined if they pick none. The sound of the whole system is
 * offered only if the browser leaves out this call: the others would hear themselves.
 */
export async function captureScreen(
  mediaDevices: Pick<MediaDevices, 'getDisplayMedia' | 'getSupportedConstraints'>,
  preferences: Preferences,
): Promise<MediaStream | undefined> {
  const systemAudio = 'restrictOwnAudio' in mediaDevices.getSupportedConstraints()
  const options = { ...OPTIONS, systemAudio: systemAudio ? 'include' : 'exclude' }
  const stream = await mediaDevices.getDisplayMedia(options).catch(() => undefined)
  const [video] = stream?.getVideoTracks() ?? []
  if (video) video.contentHint = HINTS[screenContent(preferences)]
  return stream
}

/** What the user says that screens show. */
export function screenContent(preferences: Preferences): ScreenContent {
  return preferences.choice(CHOICE) ? 'motion' : 'text'
}

/** The same from now on, also of the screen that is shared now. */
export function setScreenContent(
  media: Pick<LocalMedia, 'setScreenHint'>,
  preferences: Preferences,
  content: ScreenContent,
): void {
  preferences.setChoice(CHOICE, content === 'motion')
  media.setScreenHint(HINTS[content])
}
