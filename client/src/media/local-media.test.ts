import { beforeEach, describe, expect, it, vi } from 'vitest'
import { asTrack, FakeTrack, fakeStream } from '../testing/fake-peer-connection.ts'
import type { Capturer } from './capture.ts'
import { Preferences } from './devices.ts'
import { rungFor } from '../rtc/video-quality.ts'
import { LocalMedia } from './local-media.svelte.ts'

type Devices = { audio?: string; video?: string }

/** Fails with the error named for a device, or opens it. */
let broken: Devices
let opened: FakeTrack[]
let asked: MediaStreamConstraints[]
let media: LocalMedia
const track = vi.fn()
const presence = vi.fn()

async function getUserMedia(constraints: MediaStreamConstraints = {}): Promise<MediaStream> {
  asked.push(constraints)
  const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind])
  for (const kind of kinds) {
    const name = broken[kind]
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

const capturer = {
  getUserMedia,
  getDisplayMedia: () => getUserMedia({ video: true }),
  enumerateDevices: async () => [],
  addEventListener: () => undefined,
} as Capturer

function make(world: { capturer: Capturer | undefined; secure: boolean }): LocalMedia {
  const made = new LocalMedia({
    ...world,
    preferences: new Preferences(undefined),
    createStream: fakeStream,
  })
  made.events = { track, presence }
  return made
}

beforeEach(() => {
  broken = {}
  opened = []
  asked = []
  track.mockClear()
  presence.mockClear()
  media = make({ capturer, secure: true })
})

describe('camera and microphone', () => {
  it('are asked for together', async () => {
    await media.start()
    expect(asked).toHaveLength(1)
    expect([media.microphone.name, media.camera.name]).toEqual(['on', 'on'])
  })

  it.each<[string, Devices, string, string]>([
    ['no camera', { video: 'NotFoundError' }, 'on', 'missing'],
    ['no microphone', { audio: 'NotFoundError' }, 'missing', 'on'],
    ['neither', { audio: 'NotFoundError', video: 'NotReadableError' }, 'missing', 'missing'],
  ])('are used as far as they go: %s', async (_, devices, microphone, camera) => {
    broken = devices
    await media.start()
    expect([media.microphone.name, media.camera.name]).toEqual([microphone, camera])
    expect(media.tracks().audio === null).toBe(microphone === 'missing')
    expect(media.tracks().video === null).toBe(camera === 'missing')
  })

  it.each([
    [{ capturer: undefined, secure: false }, 'insecure'],
    [{ capturer: undefined, secure: true }, 'unsupported'],
  ])('are missing where the browser has none: %o', async (world, problem) => {
    media = make(world)
    await media.start()
    expect(media.camera).toEqual({ name: 'missing', problem })
    expect(media.microphone).toEqual({ name: 'missing', problem })
  })

  it('can be asked for again', async () => {
    broken = { audio: 'NotAllowedError' }
    await media.start()
    expect(media.microphone).toEqual({ name: 'missing', problem: 'denied' })
    broken = {}
    await media.setMicrophone(true)
    expect(media.microphone.name).toBe('on')
    expect(track).toHaveBeenLastCalledWith('audio', opened.at(-1))
  })

  it('that are unplugged are missed', async () => {
    await media.start()
    opened[1]?.end()
    expect(media.camera).toEqual({ name: 'missing', problem: 'unplugged' })
    expect(track).toHaveBeenLastCalledWith('video', null)
  })

  it('are let go in the end, also those that come too late', async () => {
    const late = media.start()
    media.stop()
    await late
    expect(opened.map(({ readyState }) => readyState)).toEqual(['ended', 'ended'])
    expect(media.camera.name).toBe('asking')
  })
})

describe('muting', () => {
  it('keeps the track and silences it', async () => {
    await media.start()
    await media.setMicrophone(false)
    expect(opened[0]).toMatchObject({ enabled: false, readyState: 'live' })
    expect(media.presence().muted).toBe(true)
    await media.setMicrophone(true)
    expect(opened[0]).toMatchObject({ enabled: true })
    expect(asked).toHaveLength(1)
  })

  it('stays when another microphone is chosen', async () => {
    await media.start()
    await media.setMicrophone(false)
    await media.choose('audioinput', 'other')
    expect(media.microphone.name).toBe('off')
    expect(opened.at(-1)).toMatchObject({ kind: 'audio', enabled: false })
    expect(opened[0]?.readyState).toBe('ended')
  })
})

describe('the camera', () => {
  it('goes dark, then out, and comes back as a new track', async () => {
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

  it('stays on when it is wanted again at once', async () => {
    vi.useFakeTimers()
    await media.start()
    await media.setCamera(false)
    await media.setCamera(true)
    vi.advanceTimersByTime(1000)
    expect(opened[1]).toMatchObject({ enabled: true, readyState: 'live' })
    vi.useRealTimers()
  })
})

describe('the camera’s picture', () => {
  it('is as large as the ladder says, also from the next camera', async () => {
    media.shape(rungFor(3))
    await media.start()
    const small = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30 } }
    expect(opened[1]?.constraints).toEqual([small])
    media.shape(rungFor(3))
    expect(opened[1]?.constraints).toHaveLength(1)
    media.shape(rungFor(1))
    expect(opened[1]?.constraints.at(-1)).toMatchObject({ height: { ideal: 720 } })
    await media.choose('videoinput', 'other')
    expect(opened.at(-1)?.constraints.at(-1)).toMatchObject({ height: { ideal: 720 } })
  })
})

describe('a shared screen', () => {
  it('takes the camera’s place until it ends', async () => {
    await media.start()
    const camera = media.tracks().video
    await media.shareScreen()
    expect(media.presence()).toMatchObject({ camera: true, screen: true })
    expect(track).toHaveBeenLastCalledWith('video', opened.at(-1))
    opened.at(-1)?.end()
    expect(media.screen.name).toBe('idle')
    expect(track).toHaveBeenLastCalledWith('video', camera)
  })

  it('that is refused changes nothing', async () => {
    await media.start()
    track.mockClear()
    broken = { video: 'NotAllowedError' }
    await media.shareScreen()
    expect(media.screen.name).toBe('idle')
    expect(track).not.toHaveBeenCalled()
  })
})

describe('a remembered device', () => {
  it('that is gone is replaced by any other', async () => {
    const remembered = new Map([['vidchat.device.videoinput', 'gone']])
    const preferences = new Preferences({
      getItem: (key) => remembered.get(key) ?? null,
      setItem: () => undefined,
    })
    const picky = async (constraints: MediaStreamConstraints = {}) => {
      const wish = constraints.video as MediaTrackConstraints | undefined
      if (wish?.deviceId) throw new DOMException('', 'OverconstrainedError')
      return getUserMedia(constraints)
    }
    media = new LocalMedia({
      capturer: { ...capturer, getUserMedia: picky },
      secure: true,
      preferences,
      createStream: fakeStream,
    })
    await media.start()
    expect([media.microphone.name, media.camera.name]).toEqual(['on', 'on'])
  })
})
