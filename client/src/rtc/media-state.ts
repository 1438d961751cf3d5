/** What peers tell each other about their media over the data channel. */

export type MediaState = {
  muted: boolean
  /** Whether video is sent, from the camera or of a screen. */
  camera: boolean
  /** Whether the video is a shared screen. */
  screen: boolean
}

/** Reads a message from the peer; undefined if it is invalid. */
export function readMediaState(data: unknown): MediaState | undefined {
  try {
    const { muted, camera, screen } = JSON.parse(String(data)) as Record<string, unknown>
    if (typeof muted !== 'boolean' || typeof camera !== 'boolean') return undefined
    return { muted, camera, screen: screen === true }
  } catch {
    return undefined
  }
}
