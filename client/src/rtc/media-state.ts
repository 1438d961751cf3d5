/** What the two sides tell each other about themselves over the data channel. */

export type Presence = {
  muted: boolean
  /** Whether a picture is sent. */
  camera: boolean
  /** A screen is shared in the camera's place. */
  screen: boolean
}

/** Reads a message of the other side; undefined where it makes no sense. */
export function readPresence(data: unknown): Presence | undefined {
  try {
    const { muted, camera, screen } = JSON.parse(String(data)) as Record<string, unknown>
    if (typeof muted !== 'boolean' || typeof camera !== 'boolean') return undefined
    return { muted, camera, screen: screen === true }
  } catch {
    return undefined
  }
}
