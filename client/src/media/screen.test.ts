import { describe, expect, it, vi } from 'vitest'
import { asTrack, FakeTrack, fakeStream } from '../../kit/testing/fake-peer-connection.ts'
import { Preferences } from './preferences.ts'
import { captureScreen, screenContent, setScreenContent } from './screen.ts'

function newScreen() {
  const video = asTrack(new FakeTrack('video'))
  const stream = { ...fakeStream(), getVideoTracks: () => [video] } as MediaStream
  return { video, stream }
}

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const map = new Map<string, string>()
  return { getItem: (key) => map.get(key) ?? null, setItem: (key, value) => map.set(key, value) }
}

const getSupportedConstraints = () => ({})

describe('a screen', () => {
  it.each([
    [{ restrictOwnAudio: true }, 'include'],
    [{}, 'exclude'],
  ])('is asked for with its sound, without the voices of the call', async (able, systemAudio) => {
    const { stream } = newScreen()
    const getDisplayMedia = vi.fn(async () => stream)
    const devices = { getDisplayMedia, getSupportedConstraints: (): object => able }
    expect(await captureScreen(devices, new Preferences(undefined))).toBe(stream)
    expect(getDisplayMedia).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        video: true,
        audio: expect.objectContaining({
          restrictOwnAudio: true,
          suppressLocalAudioPlayback: false,
        }),
        systemAudio,
        selfBrowserSurface: 'exclude',
      }),
    )
  })

  it('that nobody picks is none', async () => {
    const getDisplayMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))
    const devices = { getDisplayMedia, getSupportedConstraints }
    expect(await captureScreen(devices, new Preferences(undefined))).toBeUndefined()
  })

  it('shows text unless the user says that it shows motion', async () => {
    const preferences = new Preferences(memory())
    const { video, stream } = newScreen()
    const capture = () =>
      captureScreen({ getDisplayMedia: async () => stream, getSupportedConstraints }, preferences)
    await capture()
    expect([screenContent(preferences), video.contentHint]).toEqual(['text', 'detail'])

    const setScreenHint = vi.fn()
    setScreenContent({ setScreenHint }, preferences, 'motion')
    expect(setScreenHint).toHaveBeenCalledExactlyOnceWith('motion')
    await capture()
    expect([screenContent(preferences), video.contentHint]).toEqual(['motion', 'motion'])
  })
})
