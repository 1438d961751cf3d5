/** Asks the browser for camera and microphone, and for as much as it will give. */
import { problemOf, type MediaProblem } from './problem.ts'

/** The browser's side of it; undefined on insecure pages. */
export type Capturer = Pick<
  MediaDevices,
  'getUserMedia' | 'getDisplayMedia' | 'enumerateDevices' | 'addEventListener'
>

export type Captured = { track: MediaStreamTrack } | { problem: MediaProblem }

/** What is asked for: a device by id, the default one, or none. */
export type Wish = { device: string | undefined } | undefined

export interface Environment {
  capturer: Capturer | undefined
  secure: boolean
}

/**
 * Camera and microphone together, so that the browser asks once; one by one
 * where that fails, because a call with either is better than none.
 */
export async function captureBoth(
  world: Environment,
  audio: Wish,
  video: Wish,
): Promise<{ audio: Captured; video: Captured }> {
  try {
    const stream = await capture(world, { audio: audioOf(audio), video: videoOf(video) })
    return { audio: first(stream.getAudioTracks()), video: first(stream.getVideoTracks()) }
  } catch (error) {
    const problem = problemOf(error)
    // Who closed the question once is not asked twice more.
    if (problem === 'dismissed' || !world.capturer) return both(whyNot(world, problem))
    return {
      audio: await captureMicrophone(world, audio),
      video: await captureCamera(world, video),
    }
  }
}

export function captureMicrophone(world: Environment, wish: Wish): Promise<Captured> {
  return captureOne(world, wish, (device) => ({ audio: audioOf(device) }))
}

export function captureCamera(world: Environment, wish: Wish): Promise<Captured> {
  return captureOne(world, wish, (device) => ({ video: videoOf(device) }))
}

export async function captureScreen(world: Environment): Promise<Captured> {
  if (!world.capturer?.getDisplayMedia) return { problem: 'unsupported' }
  try {
    return first((await world.capturer.getDisplayMedia({ video: true })).getVideoTracks())
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

async function captureOne(
  world: Environment,
  wish: Wish,
  constraints: (wish: Wish) => MediaStreamConstraints,
): Promise<Captured> {
  try {
    return first((await capture(world, constraints(wish))).getTracks())
  } catch (error) {
    const problem = whyNot(world, problemOf(error))
    // The device remembered may be at home: any other will do.
    const retry = wish?.device && (problem === 'overconstrained' || problem === 'not-found')
    return retry ? captureOne(world, { device: undefined }, constraints) : { problem }
  }
}

async function capture(
  world: Environment,
  constraints: MediaStreamConstraints,
): Promise<MediaStream> {
  if (!world.capturer) throw new Error('The browser offers no devices here')
  return world.capturer.getUserMedia(constraints)
}

function whyNot(world: Environment, problem: MediaProblem): MediaProblem {
  if (world.capturer) return problem
  return world.secure ? 'unsupported' : 'insecure'
}

function audioOf(wish: Wish): MediaTrackConstraints {
  return { ...exactly(wish), echoCancellation: true, noiseSuppression: true, autoGainControl: true }
}

function videoOf(wish: Wish): MediaTrackConstraints {
  return { ...exactly(wish), width: { ideal: 1280 }, height: { ideal: 720 } }
}

function exactly(wish: Wish): MediaTrackConstraints {
  return wish?.device ? { deviceId: { exact: wish.device } } : {}
}

function first(tracks: MediaStreamTrack[]): Captured {
  const track = tracks[0]
  return track ? { track } : { problem: 'unknown' }
}

function both(problem: MediaProblem): { audio: Captured; video: Captured } {
  return { audio: { problem }, video: { problem } }
}
