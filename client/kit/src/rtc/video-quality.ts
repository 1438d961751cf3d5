import type { VideoAmount } from './media-state.ts'

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

/** A screen with text keeps its resolution to stay readable, at a lower frame rate. */
export const SCREEN_FRAMERATE = 8

/** What is sent to a peer that wants little, or by a page that saves data. */
const LOW_VIDEO: VideoProfile = {
  height: 180,
  framerate: 15,
  bitrate: 150_000,
  screenBitrate: 300_000,
}

/** The part of a profile that is sent if no more than this amount is wanted. */
export function limitedProfile(profile: VideoProfile, amount: VideoAmount): VideoProfile {
  if (amount === 'full') return profile
  return { ...LOW_VIDEO, captured: profile.height, paused: amount === 'none' }
}

/** The profile for a call with this many other participants. */
export function videoProfileFor(others: number): VideoProfile {
  const { height, framerate, bitrate, screenBitrate } =
    VIDEO_PROFILES.find((profile) => others <= profile.others) ??
    (VIDEO_PROFILES.at(-1) as VideoProfile)
  return { height, framerate, bitrate, screenBitrate }
}

/**
 * The first pictures are half as wide and high if they would be higher than this: a browser
 * that does not know yet what a line carries drops large ones for half a second.
 */
const STARTING_HEIGHT = 360

/**
 * Limits a video sender to a profile, more so while it is `starting`. Browsers without
 * support are left as they are.
 */
export async function applyVideoProfile(
  sender: RTCRtpSender,
  profile: VideoProfile,
  starting = false,
): Promise<void> {
  const parameters = sender.getParameters()
  const [encoding] = parameters.encodings ?? []
  if (!encoding) return
  const isScreen = sender.track?.contentHint === 'detail'
  encoding.active = !profile.paused
  encoding.scaleResolutionDownBy = isScreen ? 1 : scaleOf(sender.track, profile, starting)
  encoding.maxBitrate = profile.bitrate
  encoding.maxFramerate = isScreen
    ? Math.min(profile.framerate, SCREEN_FRAMERATE)
    : profile.framerate
  await sender.setParameters(parameters).catch(() => undefined)
}

/** How many times larger the camera's pictures are than those sent. */
function scaleOf(
  track: MediaStreamTrack | null,
  { height, captured }: VideoProfile,
  starting: boolean,
): number {
  if (!captured) return starting && height > STARTING_HEIGHT ? 2 : 1
  const most = track?.getCapabilities?.().height?.max ?? captured
  return Math.max(1, Math.min(captured, most) / height)
}

/** Limits the sender of a screen that has a section of its own. */
export async function applyScreenProfile(
  sender: RTCRtpSender,
  { screenBitrate, paused }: VideoProfile,
): Promise<void> {
  const parameters = sender.getParameters()
  const [encoding] = parameters.encodings ?? []
  if (!encoding) return
  const isText = sender.track?.contentHint === 'detail'
  encoding.active = !paused
  encoding.maxBitrate = screenBitrate
  encoding.maxFramerate = isText ? SCREEN_FRAMERATE : 30
  parameters.degradationPreference = isText ? 'maintain-resolution' : 'balanced'
  await sender.setParameters(parameters).catch(() => undefined)
}

/**
 * Makes the sender's next frame a key frame, for a receiver that missed some.
 * Where the browser cannot, the receiver requests one, which takes seconds.
 */
export async function sendKeyFrame(sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters()
  const encodingOptions = (parameters.encodings ?? []).map(() => ({ keyFrame: true }))
  const extended = sender as unknown as KeyFrameSender
  await extended.setParameters(parameters, { encodingOptions }).catch(() => undefined)
}

/** RTCRtpSender as in WebRTC Extensions. */
interface KeyFrameSender {
  setParameters(
    parameters: RTCRtpSendParameters,
    options: { encodingOptions: { keyFrame: boolean }[] },
  ): Promise<void>
}
