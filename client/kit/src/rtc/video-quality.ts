/** Limits what is sent to a profile. */
import type { VideoAmount } from './media-state.ts'
import type { VideoProfile } from './video-profile.ts'

/** A screen with text keeps its resolution to stay readable, at a lower frame rate. */
const SCREEN_FRAMERATE = 8

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
