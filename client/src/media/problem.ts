/** What can be wrong with a camera or a microphone, and how browsers say it. */

export type MediaProblem =
  /** The user (or a choice remembered for this site) said no. */
  | 'denied'
  /** The question was closed without an answer. */
  | 'dismissed'
  /** The page is not allowed to ask: a policy of the browser or of an embedding page. */
  | 'policy'
  /** The operating system keeps the device from the browser. */
  | 'system'
  | 'not-found'
  | 'in-use'
  | 'overconstrained'
  /** Not a secure context: browsers then offer no devices at all. */
  | 'insecure'
  | 'unsupported'
  /** It was there and went away. */
  | 'unplugged'
  | 'unknown'

/** Translates what `getUserMedia` threw. */
export function problemOf(error: unknown): MediaProblem {
  const { name = '', message = '' } = (error ?? {}) as { name?: string; message?: string }
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      return refusalOf(message)
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

function refusalOf(message: string): MediaProblem {
  if (/system/i.test(message)) return 'system'
  if (/dismissed/i.test(message)) return 'dismissed'
  if (/policy/i.test(message)) return 'policy'
  return 'denied'
}
