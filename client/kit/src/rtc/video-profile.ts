/** How good the video of a call is. */
/**
 * How good the video sent to each participant is. In a mesh everyone sends to
 * everyone, so the budget per stream falls as the call grows: seven streams of
 * 200 kbit/s are 1.4 Mbit/s each way, and a laptop without hardware encoding
 * keeps up with seven encoders at 180 lines.
 */
export interface VideoProfile {
  /** Height in pixels; the width follows the camera's aspect ratio. */
  height: number
  /** Frames per second. */
  framerate: number
  /** Limit for one stream, in bits per second. */
  bitrate: number
  /** The same for a screen beside the camera, whose picture is never scaled down. */
  screenBitrate: number
  /** Whether nothing is sent. */
  paused?: boolean
  /** Height that the camera is asked for, if the sender has to scale its pictures down. */
  captured?: number
}

/** Profiles by the largest number of other participants they are for. */
export const VIDEO_PROFILES: readonly (VideoProfile & { others: number })[] = [
  { others: 1, height: 720, framerate: 30, bitrate: 2_000_000, screenBitrate: 2_500_000 },
  { others: 2, height: 540, framerate: 30, bitrate: 1_000_000, screenBitrate: 1_500_000 },
  { others: 3, height: 360, framerate: 30, bitrate: 600_000, screenBitrate: 1_000_000 },
  { others: 5, height: 270, framerate: 24, bitrate: 350_000, screenBitrate: 600_000 },
  { others: 7, height: 180, framerate: 15, bitrate: 200_000, screenBitrate: 450_000 },
]

/** The profile for a call with this many other participants. */
export function videoProfileFor(others: number): VideoProfile {
  const { height, framerate, bitrate, screenBitrate } =
    VIDEO_PROFILES.find((profile) => others <= profile.others) ??
    (VIDEO_PROFILES.at(-1) as VideoProfile)
  return { height, framerate, bitrate, screenBitrate }
}
