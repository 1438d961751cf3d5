import { beforeEach, describe, expect, it, vi } from 'vitest'
import { videoProfileFor } from '../rtc/video-quality.ts'
import { asTrack, FakeTrack, fakeStream } from '../testing/fake-peer-connection.ts'
import type { CaptureDeps, MediaDevicesApi } from './capture.ts'
import { LocalMedia } from './local-media.svelte.ts'
import { Preferences } from './preferences.ts'

type Errors = { audio?: string; video?: string }

/** The names of the errors with which devices fail. */
let errors: Errors
let opened: FakeTrack[]
let requests: MediaStreamConstraints[]
let media: LocalMedia
const track = vi.fn()
const mediaState = vi.fn()

async function getUserMedia(constraints: MediaStreamConstraints = {}): Promise<MediaStream> {
  requests.push(constraints)
  const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind])
  for (const kind of kinds) {
    const name = errors[kind]
    if (name) throw new DOMException('', name)
  }
  const tracks = kinds.map((kind) => new FakeTrack(kind))
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
  getDisplayMedia: () => getUserMedia({ video: true }),
  enumerateDevices: async () => [],
  addEventListener: () => undefined,
} as MediaDevicesApi

function newLocalMedia(deps: CaptureDeps): LocalMedia {
  const created = new LocalMedia({
    ...deps,
    preferences: new Preferences(undefined),
    createStream: fakeStream,
  })
  created.events = { track, mediaState }
  return created
}

beforeEach(() => {
  errors = {}
  opened = []
  requests = []
  track.mockClear()
  mediaState.mockClear()
  media = newLocalMedia({ mediaDevices, secure: true })
})

describe('camera and microphone', () => {
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
    await media.setMicrophone(true)
    expect(media.microphone.name).toBe('on')
    expect(track).toHaveBeenLastCalledWith('audio', opened.at(-1))
  })

  it('are missing once they are unplugged', async () => {
    await media.start()
    opened[1]?.end()
    expect(media.camera).toEqual({ name: 'missing', problem: 'unplugged' })
    expect(track).toHaveBeenLastCalledWith('video', null)
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
    expect(track).toHaveBeenLastCalledWith('video', opened.at(-1))
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
  it('replaces the camera until it ends', async () => {
    await media.start()
    const camera = media.tracks().video
    await media.shareScreen()
    expect(media.mediaState()).toMatchObject({ camera: true, screen: true })
    expect(track).toHaveBeenLastCalledWith('video', opened.at(-1))
    opened.at(-1)?.end()
    expect(media.screen.name).toBe('idle')
    expect(track).toHaveBeenLastCalledWith('video', camera)
  })

  it('that is cancelled changes nothing', async () => {
    await media.start()
    track.mockClear()
    errors = { video: 'NotAllowedError' }
    await media.shareScreen()
    expect(media.screen.name).toBe('idle')
    expect(track).not.toHaveBeenCalled()
  })
})

describe('a remembered device', () => {
  it('that is not plugged in is replaced by any other', async () => {
    const remembered = new Map([['vidchat.device.videoinput', 'gone']])
    const preferences = new Preferences({
      getItem: (key) => remembered.get(key) ?? null,
      setItem: () => undefined,
    })
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
