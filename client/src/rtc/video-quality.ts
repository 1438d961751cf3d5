/**
 * How much picture goes to each of the others. In a mesh everybody sends to
 * everybody, so what one picture may cost falls as the call grows: seven others
 * at 200 kbit/s are 1.4 Mbit/s up and as much down, and seven encoders of a
 * quarter of a VGA picture are what a laptop without hardware encoding keeps up.
 */
export interface Rung {
  /** The camera's height in pixels; its width follows the camera's own shape. */
  height: number
  /** Pictures per second. */
  framerate: number
  /** The most that one picture may take, in bits per second. */
  bitrate: number
}

/** The ladder: up to so many others, so much for each of them. */
export const LADDER: readonly (Rung & { others: number })[] = [
  { others: 1, height: 720, framerate: 30, bitrate: 2_000_000 },
  { others: 2, height: 540, framerate: 30, bitrate: 1_000_000 },
  { others: 3, height: 360, framerate: 30, bitrate: 600_000 },
  { others: 5, height: 270, framerate: 24, bitrate: 350_000 },
  { others: 7, height: 180, framerate: 15, bitrate: 200_000 },
]

/** A shared screen keeps its size, or nobody could read it; it moves less instead. */
export const SCREEN_FRAMERATE = 8

/** The step for a call with this many others. */
export function rungFor(others: number): Rung {
  const { height, framerate, bitrate } =
    LADDER.find((rung) => others <= rung.others) ?? (LADDER.at(-1) as Rung)
  return { height, framerate, bitrate }
}

/** Holds a sender of pictures to the step. Browsers that cannot are left alone. */
export async function hold(sender: RTCRtpSender, rung: Rung): Promise<void> {
  const parameters = sender.getParameters()
  const [encoding] = parameters.encodings ?? []
  if (!encoding) return
  const still = sender.track?.contentHint === 'detail'
  encoding.maxBitrate = rung.bitrate
  encoding.maxFramerate = still ? Math.min(rung.framerate, SCREEN_FRAMERATE) : rung.framerate
  await sender.setParameters(parameters).catch(() => undefined)
}

/**
 * Has the sender's next picture be a whole one, for somebody who missed some.
 * Where a browser cannot, the other side asks for it, which takes seconds.
 */
export async function beginAnew(sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters()
  const encodingOptions = (parameters.encodings ?? []).map(() => ({ keyFrame: true }))
  const renewing = sender as unknown as RenewingSender
  await renewing.setParameters(parameters, { encodingOptions }).catch(() => undefined)
}

/** As WebRTC Extensions have it. */
interface RenewingSender {
  setParameters(
    parameters: RTCRtpSendParameters,
    options: { encodingOptions: { keyFrame: boolean }[] },
  ): Promise<void>
}
