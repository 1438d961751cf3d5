/** What can be wrong with a camera or microphone, and the errors that browsers report. */

export type MediaProblem =
  /** The user declined, now or earlier. */
  | 'denied'
  /** The user closed the permission prompt. */
  | 'dismissed'
  /** A policy of the browser or of an embedding page forbids it. */
  | 'policy'
  /** The operating system blocks the device. */
  | 'system'
  | 'not-found'
  | 'in-use'
  | 'overconstrained'
  /** Browsers offer devices in secure contexts only. */
  | 'insecure'
  | 'unsupported'
  /** The device was in use and is gone. */
  | 'unplugged'
  /** The system has silenced the device for a while: during a phone call, or in the background. */
  | 'interrupted'
  | 'unknown'

/** Translates an error of `getUserMedia`. */
export function problemOf(error: unknown): MediaProblem {
  const { name = '', message = '' } = (error ?? {}) as { name?: string; message?: string }
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      return permissionProblemOf(message)
    case 'SecurityError':
      return 'policy'
    case 'NotFoundError':
    case 'DevicesNotFoundError':
      return 'not-found'
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'in-use'
    case 'OverconstrainedError':
      return 'overconstrained'
    default:
      return 'unknown'
  }
}

function permissionProblemOf(message: string): MediaProblem {
  if (/system/i.test(message)) return 'system'
  if (/dismissed/i.test(message)) return 'dismissed'
  if (/policy/i.test(message)) return 'policy'
  return 'denied'
}
