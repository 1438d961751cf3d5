import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { videoProfileFor } from '../../kit/src/rtc/video-profile.ts'
import { settle } from '../../kit/testing/fake-clock.ts'
import { asTrack, FakeTrack, fakeStream } from '../../kit/testing/fake-peer-connection.ts'
import { memory } from '../../kit/testing/memory.ts'
import type { CaptureDeps, MediaDevicesApi } from './capture.ts'
import { LocalMedia } from './local-media.svelte.ts'
import { Preferences } from './preferences.ts'

type Errors = { audio?: string; video?: string }

/** The names of the errors with which devices fail. */
let errors: Errors
let opened: FakeTrack[]
/** Captures wait for this. */
let capturing: Promise<void>
/** The label of the next device. */
let label: string
let requests: MediaStreamConstraints[]
let media: LocalMedia
const tracks = vi.fn()
const mediaState = vi.fn()

async function getUserMedia(constraints: MediaStreamConstraints = {}): Promise<MediaStream> {
  requests.push(constraints)
  const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind])
  for (const kind of kinds) {
    const name = errors[kind]
    if (name) throw new DOMException('', name)
  }
  await capturing
  const tracks = kinds.map((kind) => new FakeTrack(kind, label))
  opened.push(...tracks)
  const of = (kind: string) => tracks.filter((each) => each.kind === kind).map(asTrack)
  return {
    getAudioTracks: () => of('audio'),
    getVideoTracks: () => of('video'),
    getTracks: () => tracks.map(asTrack),
  } as MediaStream
}

const mediaDevices = {
  getUserMedia,
  enumerateDevices: async () => [],
  addEventListener: () => undefined,
} as MediaDevicesApi

/** Shares a screen with sound, if the user picks one. */
const shareScreen = () =>
  media.shareScreen(() => getUserMedia({ audio: true, video: true }).catch(() => undefined))

function newLocalMedia(
  deps: Omit<CaptureDeps, 'preferences'>,
  preferences = new Preferences(undefined, memory()),
): LocalMedia {
  const created = new LocalMedia({
    ...deps,
    preferences,
    createStream: fakeStream,
  })
  created.events = { tracks, mediaState }
  return created
}

beforeEach(() => {
  errors = {}
  opened = []
  requests = []
  capturing = Promise.resolve()
  label = ''
  tracks.mockReset()
  mediaState.mockReset()
  media = newLocalMedia({ mediaDevices, secure: true })
})

describe('camera and microphone', () => {
  it('are told apart from those that a page around ours forbids', async () => {
    errors = { audio: 'NotAllowedError', video: 'NotAllowedError' }
    media = newLocalMedia({ mediaDevices, secure: true, allows: (device) => device !== 'camera' })
    await media.start()
    expect(media.microphone).toEqual({ name: 'missing', problem: 'denied' })
    expect(media.camera).toEqual({ name: 'missing', problem: 'policy' })
  })

  it('are requested together', async () => {
    await media.start()
    expect(requests).toHaveLength(1)
    expect([media.microphone.name, media.camera.name]).toEqual(['on', 'on'])
  })

  it.each<[string, Errors, string, string]>([
    ['no camera', { video: 'NotFoundError' }, 'on', 'missing'],
    ['no microphone', { audio: 'NotFoundError' }, 'missing', 'on'],
    ['neither', { audio: 'NotFoundError', video: 'NotReadableError' }, 'missing', 'missing'],
  ])('are used if they work: %s', async (_, failing, microphone, camera) => {
    errors = failing
    await media.start()
    expect([media.microphone.name, media.camera.name]).toEqual([microphone, camera])
    expect(media.tracks().audio === null).toBe(microphone === 'missing')
    expect(media.tracks().video === null).toBe(camera === 'missing')
  })

  it.each([
    [{ mediaDevices: undefined, secure: false }, 'insecure'],
    [{ mediaDevices: undefined, secure: true }, 'unsupported'],
  ])('are missing if the browser offers none: %o', async (deps, problem) => {
    media = newLocalMedia(deps)
    await media.start()
    expect(media.camera).toEqual({ name: 'missing', problem })
    expect(media.microphone).toEqual({ name: 'missing', problem })
  })

  it('can be requested again', async () => {
    errors = { audio: 'NotAllowedError' }
    await media.start()
    expect(media.microphone).toEqual({ name: 'missing', problem: 'denied' })
    errors = {}
    tracks.mockClear()
    await media.setMicrophone(true)
    expect(media.microphone.name).toBe('on')
    expect(media.tracks().audio).toBe(opened.at(-1))
    expect(tracks).toHaveBeenCalled()
  })

  it('of which a camera is missing once it is unplugged', async () => {
    await media.start()
    tracks.mockClear()
    opened[1]?.end()
    expect(media.camera).toEqual({ name: 'missing', problem: 'unplugged' })
    expect(media.tracks().video).toBeNull()
    expect(tracks).toHaveBeenCalledOnce()
  })

  it('are released in the end, also those that come too late', async () => {
    const starting = media.start()
    media.stop()
    await starting
    expect(opened.map(({ readyState }) => readyState)).toEqual(['ended', 'ended'])
    expect(media.camera.name).toBe('asking')
  })
})

describe('muting', () => {
  it('keeps the track and silences it', async () => {
    await media.start()
    await media.setMicrophone(false)
    expect(opened[0]).toMatchObject({ enabled: false, readyState: 'live' })
    expect(media.mediaState().muted).toBe(true)
    await media.setMicrophone(true)
    expect(opened[0]).toMatchObject({ enabled: true })
    expect(requests).toHaveLength(1)
  })

  it('stays when another microphone is chosen', async () => {
    await media.start()
    await media.setMicrophone(false)
    await media.chooseDevice('audioinput', 'other')
    expect(media.microphone.name).toBe('off')
    expect(opened.at(-1)).toMatchObject({ kind: 'audio', enabled: false })
    expect(opened[0]?.readyState).toBe('ended')
  })
})

describe('what is switched off', () => {
  it.each([
    [
      'is not live for a moment when another microphone is chosen',
      () => media.chooseDevice('audioinput', 'other'),
    ],
    ['is not live for a moment when the microphone is unplugged', async () => opened[0]?.end()],
  ])('%s', async (_, change) => {
    await media.start()
    await media.setMicrophone(false)
    const seen: string[] = []
    tracks.mockImplementation(() => seen.push(media.tracks().audio?.enabled ? 'live' : 'silent'))
    mediaState.mockImplementation(() => seen.push(media.mediaState().muted ? 'muted' : 'unmuted'))
    await change()
    await settle()
    expect(opened).toHaveLength(3)
    expect(seen).toContain('silent')
    expect(seen).not.toContain('live')
    expect(seen).not.toContain('unmuted')
    expect(opened.at(-1)?.enabled).toBe(false)
  })

  it('stays off in the next call', async () => {
    await media.start()
    await media.setMicrophone(false)
    await media.setCamera(false)
    media.stop()
    requests = []
    await media.start()
    expect([media.microphone.name, media.camera.name]).toEqual(['off', 'off'])
    expect(requests.map(({ video }) => video)).toEqual([undefined])
    expect(opened.at(-1)).toMatchObject({ kind: 'audio', enabled: false })
    await media.setCamera(true)
    expect(media.camera.name).toBe('on')
    expect(media.tracks().video).toBe(opened.at(-1))
  })

  it('stays off after a reload', async () => {
    const tab = memory()
    const deps = { mediaDevices, secure: true }
    media = newLocalMedia(deps, new Preferences(undefined, tab))
    await media.start()
    await media.setMicrophone(false)
    await media.setCamera(false)
    media = newLocalMedia(deps, new Preferences(undefined, tab))
    await media.start()
    expect([media.microphone.name, media.camera.name]).toEqual(['off', 'off'])
  })

  it('is off as well if it is switched while the browser asks', async () => {
    const starting = media.start()
    await media.setMicrophone(false)
    await media.setCamera(false)
    await starting
    expect([media.microphone.name, media.camera.name]).toEqual(['off', 'off'])
    expect(opened.map(({ enabled }) => enabled)).toEqual([false, false])
  })
})

describe('of several requests, only the last one leaves a track:', () => {
  const live = () => opened.filter(({ readyState }) => readyState === 'live')

  it.each<[string, () => Promise<unknown>]>([
    ['another call during the prompt', () => Promise.all([media.start(), media.start()])],
    [
      'a call that is left, and another, during the prompt',
      () => {
        const first = media.start()
        media.stop()
        return Promise.all([first, media.start()])
      },
    ],
    [
      'arrow keys in the list of devices',
      () => Promise.all(['a', 'b', 'c'].map((device) => media.chooseDevice('videoinput', device))),
    ],
    [
      'a double press without a device',
      () => Promise.all([media.setMicrophone(true), media.setMicrophone(true)]),
    ],
    ['a screen picked twice', () => Promise.all([shareScreen(), shareScreen()])],
  ])('%s', async (_, request) => {
    await request()
    const sent = [media.tracks(), media.sharedScreen()?.tracks ?? {}].flatMap(Object.values)
    expect(live()).toEqual(sent.filter((track) => track !== null))
  })

  it('a screen picked after hanging up', async () => {
    const picking = shareScreen()
    media.stop()
    await picking
    expect(media.screen.name).toBe('idle')
    expect(live()).toEqual([])
    expect(tracks).not.toHaveBeenCalled()
  })

  it('the end of an earlier screen does not stop this one', async () => {
    await Promise.all([shareScreen(), shareScreen()])
    opened[1]?.end()
    expect(media.screen.name).toBe('shared')
  })

  it('a screen that replaces another', async () => {
    await shareScreen()
    await shareScreen()
    expect(live()).toEqual(opened.slice(2))
  })
})

describe('a device that the system silences', () => {
  beforeEach(async () => {
    vi.useFakeTimers()
    await media.start()
    mediaState.mockReset()
  })
  afterEach(() => void vi.useRealTimers())

  it('is paused for both sides, and resumes with the track', () => {
    opened[0]?.setMuted(true)
    expect(media.microphone).toEqual({ name: 'missing', problem: 'interrupted' })
    expect(media.mediaState()).toMatchObject({ muted: true, camera: true })
    opened[1]?.setMuted(true)
    expect(media.mediaState()).toMatchObject({ muted: true, camera: false })
    expect(mediaState).toHaveBeenCalledTimes(2)
    for (const track of opened) track.setMuted(false)
    expect(media.mediaState()).toMatchObject({ muted: false, camera: true })
    expect(mediaState).toHaveBeenCalledTimes(4)
    expect(opened).toHaveLength(2)
  })

  it('is captured anew if it does not resume once the page is visible', async () => {
    opened[0]?.setMuted(true)
    media.resume()
    await vi.advanceTimersByTimeAsync(2000)
    expect(opened).toHaveLength(3)
    expect(media.microphone.name).toBe('on')
    expect(media.tracks().audio).toBe(opened[2])
  })

  it('is not captured anew if it resumes, or is not silenced at all', async () => {
    opened[0]?.setMuted(true)
    media.resume()
    opened[0]?.setMuted(false)
    await vi.advanceTimersByTimeAsync(2000)
    expect(opened).toHaveLength(2)
  })

  it('is tried again while the phone call goes on', async () => {
    opened[0]?.setMuted(true)
    errors = { audio: 'NotReadableError' }
    media.resume()
    await vi.advanceTimersByTimeAsync(2000)
    expect(media.microphone).toEqual({ name: 'missing', problem: 'interrupted' })
    errors = {}
    media.resume()
    await vi.advanceTimersByTimeAsync(2000)
    expect(media.microphone.name).toBe('on')
  })

  it('stays muted if it was, or is meanwhile', async () => {
    opened[0]?.setMuted(true)
    await media.setMicrophone(false)
    opened[0]?.setMuted(false)
    expect(media.microphone.name).toBe('off')
    expect(opened[0]?.enabled).toBe(false)
  })

  it('is not shown as on if it is unmuted meanwhile', async () => {
    await media.setMicrophone(false)
    opened[0]?.setMuted(true)
    expect(media.microphone.name).toBe('off')
    await media.setMicrophone(true)
    expect(media.microphone).toEqual({ name: 'missing', problem: 'interrupted' })
  })
})

describe('a microphone that is unplugged', () => {
  it('is replaced by the default one, and the user is told', async () => {
    await media.start()
    label = 'Built-in'
    opened[0]?.end()
    await settle()
    expect(media.microphone.name).toBe('on')
    expect(media.replacement).toEqual({ label: 'Built-in' })
    expect(media.tracks().audio).toBe(opened.at(-1))
  })

  it('is missing if there is no other', async () => {
    await media.start()
    errors = { audio: 'NotFoundError' }
    opened[0]?.end()
    expect(media.mediaState().muted).toBe(true)
    await settle()
    expect(media.microphone).toEqual({ name: 'missing', problem: 'unplugged' })
    expect(media.replacement).toBeUndefined()
    expect(media.tracks().audio).toBeNull()
  })
})

describe('the preview', () => {
  it.each<[string, MediaTrackSettings, boolean]>([
    ['', {}, true],
    ['Front Camera', {}, true],
    ['Back Camera', {}, false],
    ['camera2 0, facing back', {}, false],
    ['FaceTime HD Camera', { facingMode: 'user' }, true],
    ['Kamera', { facingMode: 'environment' }, false],
  ])('of the camera %j %j is mirrored: %s', async (name, settings, mirrored) => {
    label = name
    await media.start()
    Object.assign(opened[1]?.settings ?? {}, settings)
    expect(media.mirrored).toBe(mirrored)
  })
})

describe('the camera', () => {
  it('sends black frames, is released, and comes back as a new track', async () => {
    vi.useFakeTimers()
    await media.start()
    await media.setCamera(false)
    expect(opened[1]).toMatchObject({ enabled: false, readyState: 'live' })
    vi.advanceTimersByTime(1000)
    expect(opened[1]?.readyState).toBe('ended')
    expect(media.tracks().video).toBeNull()
    vi.useRealTimers()
    await media.setCamera(true)
    expect(media.camera.name).toBe('on')
    expect(media.tracks().video).toBe(opened.at(-1))
  })

  it('is not released if it is turned on again at once', async () => {
    vi.useFakeTimers()
    await media.start()
    await media.setCamera(false)
    await media.setCamera(true)
    vi.advanceTimersByTime(1000)
    expect(opened[1]).toMatchObject({ enabled: true, readyState: 'live' })
    vi.useRealTimers()
  })
})

describe('the video profile', () => {
  it('constrains the camera, and the next one', async () => {
    media.setVideoProfile(videoProfileFor(3))
    await media.start()
    const small = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30 } }
    expect(opened[1]?.constraints).toEqual([small])
    media.setVideoProfile(videoProfileFor(3))
    expect(opened[1]?.constraints).toHaveLength(1)
    media.setVideoProfile(videoProfileFor(1))
    expect(opened[1]?.constraints.at(-1)).toMatchObject({ height: { ideal: 720 } })
    await media.chooseDevice('videoinput', 'other')
    expect(opened.at(-1)?.constraints.at(-1)).toMatchObject({ height: { ideal: 720 } })
  })
})

describe('a shared screen', () => {
  it('is sent with its sound, beside the camera, until it ends', async () => {
    await media.start()
    const camera = media.tracks().video
    tracks.mockClear()
    await shareScreen()
    const [audio, video] = opened.slice(-2)
    expect(media.sharedScreen()?.tracks).toEqual({ audio, video })
    expect(media.tracks().video).toBe(camera)
    expect(media.mediaState()).toMatchObject({ camera: true, screen: true })
    expect(tracks).toHaveBeenCalledOnce()
    video?.end()
    expect(media.screen.name).toBe('idle')
    expect(media.sharedScreen()).toBeUndefined()
    expect(audio?.readyState).toBe('ended')
    expect(tracks).toHaveBeenCalledTimes(2)
  })

  it('shows its picture here, and its sound is not played', async () => {
    await shareScreen()
    expect(media.screenStream?.getTracks()).toEqual([opened[1]])
    media.stopScreen()
    expect(media.screenStream).toBeUndefined()
  })

  it('is sent anew when it shows something else', async () => {
    media.setScreenHint('motion')
    expect(tracks).not.toHaveBeenCalled()
    await shareScreen()
    media.setScreenHint('motion')
    expect(opened.at(-1)).toMatchObject({ kind: 'video', contentHint: 'motion' })
    expect(tracks).toHaveBeenCalledTimes(2)
  })

  it('leaves the camera to be switched off', async () => {
    await media.start()
    await shareScreen()
    await media.setCamera(false)
    expect(media.mediaState()).toMatchObject({ camera: false, screen: true })
    expect(media.preview).toBeUndefined()
  })

  it('that is cancelled changes nothing', async () => {
    await media.start()
    tracks.mockClear()
    errors = { video: 'NotAllowedError' }
    await shareScreen()
    expect(media.screen.name).toBe('idle')
    expect(tracks).not.toHaveBeenCalled()
  })
})

describe('a remembered device', () => {
  it('that is not plugged in is replaced by any other', async () => {
    const preferences = new Preferences(memory([['vidchat.device.videoinput', 'gone']]))
    const withoutDevice = async (constraints: MediaStreamConstraints = {}) => {
      const video = constraints.video as MediaTrackConstraints | undefined
      if (video?.deviceId) throw new DOMException('', 'OverconstrainedError')
      return getUserMedia(constraints)
    }
    media = new LocalMedia({
      mediaDevices: { ...mediaDevices, getUserMedia: withoutDevice },
      secure: true,
      preferences,
      createStream: fakeStream,
    })
    await media.start()
    expect([media.microphone.name, media.camera.name]).toEqual(['on', 'on'])
  })
})

describe('original sound', () => {
  const speech = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }

  it.each([
    [{}, speech],
    [{ echoCancellation: false }, speech],
    [
      { originalSound: true },
      { echoCancellation: true, noiseSuppression: false, autoGainControl: false },
    ],
    [
      { originalSound: true, echoCancellation: false },
      { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    ],
  ])('%o', async (choices, constraints) => {
    const preferences = new Preferences(memory())
    for (const [what, on] of Object.entries(choices)) preferences.setChoice(what, on)
    media = newLocalMedia({ mediaDevices, secure: true }, preferences)
    await media.start()
    expect(requests.at(-1)?.audio).toEqual(constraints)
  })

  it('is captured anew, and stays muted', async () => {
    const preferences = new Preferences(memory())
    media = newLocalMedia({ mediaDevices, secure: true }, preferences)
    await media.start()
    await media.setMicrophone(false)
    preferences.setChoice('originalSound', true)
    await media.renewMicrophone()
    expect(requests.at(-1)?.audio).toMatchObject({ noiseSuppression: false })
    expect(opened.at(-1)).toMatchObject({ kind: 'audio', enabled: false })
    expect(
      opened.filter(({ kind, readyState }) => kind === 'audio' && readyState === 'live'),
    ).toEqual([opened.at(-1)])
  })
})

describe('the camera at the other side', () => {
  const back = { facingMode: { exact: 'environment' } }

  it('is opened once the one before is stopped, and kept', async () => {
    media = newLocalMedia({ mediaDevices, secure: true }, new Preferences(memory()))
    await media.start()
    const flipping = media.faceCamera('environment')
    expect(opened[1]?.readyState).toBe('ended')
    await flipping
    expect(requests.at(-1)?.video).toMatchObject(back)
    expect(media.tracks().video).toBe(opened.at(-1))
    media.stop()
    await media.start()
    expect(requests.at(-1)?.video).toMatchObject(back)
    await media.chooseDevice('videoinput', 'other')
    expect(requests.at(-1)?.video).toMatchObject({ deviceId: { exact: 'other' } })
  })

  it('that does not exist is replaced by any other', async () => {
    media = newLocalMedia({
      secure: true,
      mediaDevices: {
        ...mediaDevices,
        getUserMedia: async (constraints: MediaStreamConstraints = {}) => {
          const { facingMode } = (constraints.video ?? {}) as MediaTrackConstraints
          if (facingMode) throw new DOMException('', 'OverconstrainedError')
          return getUserMedia(constraints)
        },
      },
    })
    await media.start()
    await media.faceCamera('environment')
    expect(media.camera.name).toBe('on')
  })
})
