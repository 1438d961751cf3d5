/** What peers tell each other about their media over the data channel. */

/** How much of their video a page wants: all, small pictures, or nothing. */
export type VideoAmount = 'full' | 'low' | 'none'

export type MediaState = {
  muted: boolean
  /** Whether video is sent, from the camera or of a screen. */
  camera: boolean
  /** Whether a screen is shared. */
  screen: boolean
}

/** What a peer tells of its media. */
export type PeerMediaState = MediaState & {
  /** Whether its screen has sections of its own; otherwise it is in the camera's place. */
  screenBeside: boolean
  /** How much video it wants. */
  want: VideoAmount
}

/** Reads a message from the peer; undefined if it is invalid. */
export function readMediaState(data: unknown): PeerMediaState | undefined {
  try {
    const state = JSON.parse(String(data)) as Record<string, unknown>
    const { muted, camera, want } = state
    if (typeof muted !== 'boolean' || typeof camera !== 'boolean') return undefined
    return {
      muted,
      camera,
      screen: state.screen === true,
      screenBeside: state.screenBeside === true,
      want: want === 'low' || want === 'none' ? want : 'full',
    }
  } catch {
    return undefined
  }
}
