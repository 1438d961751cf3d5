/** What the two sides tell each other about themselves over the data channel. */

export type Presence = {
  microphone: 'on' | 'off'
  /** 'screen' while a screen is shared in the camera's place. */
  camera: 'on' | 'off' | 'screen'
}

/** Reads a message of the other side; undefined where it makes no sense. */
export function readPresence(data: unknown): Presence | undefined {
  try {
    const { microphone, camera } = JSON.parse(String(data)) as Record<string, unknown>
    if (microphone !== 'on' && microphone !== 'off') return undefined
    if (camera !== 'on' && camera !== 'off' && camera !== 'screen') return undefined
    return { microphone, camera }
  } catch {
    return undefined
  }
}
