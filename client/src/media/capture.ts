/** Asks the browser for camera and microphone. */
import type { Preferences } from './preferences.ts'
import { problemOf, type MediaProblem } from './problem.ts'

/** The part of MediaDevices in use. */
export type MediaDevicesApi = Pick<
  MediaDevices,
  'getUserMedia' | 'enumerateDevices' | 'addEventListener'
>

export type CaptureResult = { track: MediaStreamTrack } | { problem: MediaProblem }

export interface CaptureDeps {
  /** Undefined on insecure pages, and in browsers without it. */
  mediaDevices: MediaDevicesApi | undefined
  secure: boolean
  preferences: Preferences
  /** Whether the policies of this page and of those around it allow it. Not every browser knows. */
  allows?: (device: 'microphone' | 'camera') => boolean
}

/** A device by id, or a camera by where it faces; '' or undefined is the default one. */
export type DeviceChoice = string | { facingMode: { exact: 'user' | 'environment' } } | undefined

/**
 * Captures camera and microphone together, so that the browser asks once. If
 * that fails, captures each by itself: a call with either is better than none.
 */
export async function captureBoth(
  deps: CaptureDeps,
  microphone: DeviceChoice,
  camera: DeviceChoice,
): Promise<{ audio: CaptureResult; video: CaptureResult }> {
  try {
    const constraints = {
      audio: audioConstraints(deps, microphone),
      video: videoConstraints(camera),
    }
    const stream = await capture(deps, constraints)
    return { audio: first(stream.getAudioTracks()), video: first(stream.getVideoTracks()) }
  } catch (error) {
    const problem = problemOf(error)
    // A user who closed the prompt is not asked twice more.
    if (problem === 'dismissed' || !deps.mediaDevices) return both(reasonFor(deps, problem))
    return {
      audio: await captureMicrophone(deps, microphone),
      video: await captureCamera(deps, camera),
    }
  }
}

export function captureMicrophone(deps: CaptureDeps, device: DeviceChoice): Promise<CaptureResult> {
  return captureOne(deps, 'microphone', device, (device) => ({
    audio: audioConstraints(deps, device),
  }))
}

export function captureCamera(deps: CaptureDeps, device: DeviceChoice): Promise<CaptureResult> {
  return captureOne(deps, 'camera', device, (device) => ({ video: videoConstraints(device) }))
}

async function captureOne(
  deps: CaptureDeps,
  kind: 'microphone' | 'camera',
  device: DeviceChoice,
  constraintsFor: (device: DeviceChoice) => MediaStreamConstraints,
): Promise<CaptureResult> {
  try {
    return first((await capture(deps, constraintsFor(device))).getTracks())
  } catch (error) {
    const problem = reasonFor(deps, problemOf(error))
    // The chosen device may not be plugged in: uses any other.
    const retry = device && (problem === 'overconstrained' || problem === 'not-found')
    if (retry) return captureOne(deps, kind, undefined, constraintsFor)
    // Browsers report both in the same way.
    return { problem: problem === 'denied' && deps.allows?.(kind) === false ? 'policy' : problem }
  }
}

async function capture(
  { mediaDevices }: CaptureDeps,
  constraints: MediaStreamConstraints,
): Promise<MediaStream> {
  if (!mediaDevices) throw new Error('The browser offers no devices here')
  return mediaDevices.getUserMedia(constraints)
}

function reasonFor({ mediaDevices, secure }: CaptureDeps, problem: MediaProblem): MediaProblem {
  if (mediaDevices) return problem
  return secure ? 'unsupported' : 'insecure'
}

/** What browsers do for speech spoils music. */
function audioConstraints(
  { preferences }: CaptureDeps,
  device: DeviceChoice,
): MediaTrackConstraints {
  const forSpeech = !preferences.choice('originalSound')
  return {
    ...exact(device),
    echoCancellation: forSpeech || preferences.choice('echoCancellation') !== false,
    noiseSuppression: forSpeech,
    autoGainControl: forSpeech,
  }
}

function videoConstraints(device: DeviceChoice): MediaTrackConstraints {
  return { ...exact(device), width: { ideal: 1280 }, height: { ideal: 720 } }
}

function exact(device: DeviceChoice): MediaTrackConstraints {
  if (typeof device === 'object') return device
  return device ? { deviceId: { exact: device } } : {}
}

function first(tracks: MediaStreamTrack[]): CaptureResult {
  const track = tracks[0]
  return track ? { track } : { problem: 'unknown' }
}

function both(problem: MediaProblem): { audio: CaptureResult; video: CaptureResult } {
  return { audio: { problem }, video: { problem } }
}
