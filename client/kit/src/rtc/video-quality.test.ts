import { describe, expect, it } from 'vitest'
import {
  applyVideoProfile,
  limitedProfile,
  VIDEO_PROFILES,
  videoProfileFor,
} from './video-quality.ts'

/** A sender of this track, and its encodings. */
function senderOf(track: object | null) {
  const encodings: RTCRtpEncodingParameters[] = [{}]
  const sender = {
    track,
    getParameters: () => ({ encodings }),
    setParameters: async () => undefined,
  } as unknown as RTCRtpSender
  return { encodings, sender }
}

describe('video profiles', () => {
  it('get smaller as the call grows, up to a full call', () => {
    for (const [index, profile] of VIDEO_PROFILES.entries()) {
      const larger = VIDEO_PROFILES[index - 1]
      if (!larger) continue
      expect(profile.others).toBeGreaterThan(larger.others)
      expect(profile.bitrate).toBeLessThan(larger.bitrate)
      expect(profile.height).toBeLessThan(larger.height)
      expect(profile.framerate).toBeLessThanOrEqual(larger.framerate)
    }
    expect(VIDEO_PROFILES.at(-1)?.others).toBe(7)
  })

  it('keep the total upload below 2.1 Mbit/s', () => {
    for (const { others, bitrate } of VIDEO_PROFILES)
      expect(others * bitrate).toBeLessThanOrEqual(2_100_000)
  })

  it.each([
    [0, 720],
    [1, 720],
    [2, 540],
    [3, 360],
    [4, 270],
    [5, 270],
    [7, 180],
    [9, 180],
  ])('for %i others have %i lines', (others, height) => {
    expect(videoProfileFor(others).height).toBe(height)
  })

  it.each([
    [1, 2],
    [2, 2],
    [3, 1],
    [7, 1],
  ])('for %i others begin with pictures scaled down by %i', async (others, scale) => {
    const { encodings, sender } = senderOf(null)
    await applyVideoProfile(sender, videoProfileFor(others), true)
    expect(encodings[0]?.scaleResolutionDownBy).toBe(scale)
  })

  it('let a shared screen keep its resolution, at a lower frame rate', async () => {
    const { encodings, sender } = senderOf({ contentHint: 'detail' })
    await applyVideoProfile(sender, videoProfileFor(1), true)
    expect(encodings).toEqual([
      { active: true, scaleResolutionDownBy: 1, maxBitrate: 2_000_000, maxFramerate: 8 },
    ])
  })

  it.each([
    ['720 lines', 1, undefined, 4],
    ['a camera of 480', 1, 480, 480 / 180],
    ['a camera of 90', 1, 90, 1],
    ['360 lines', 3, 1080, 2],
  ])('that are limited have 180 of %s', async (_, others, most, scale) => {
    const { encodings, sender } = senderOf({
      getCapabilities: () => (most ? { height: { max: most } } : {}),
    })
    await applyVideoProfile(sender, limitedProfile(videoProfileFor(others), 'low'), true)
    expect(encodings).toEqual([
      { active: true, scaleResolutionDownBy: scale, maxBitrate: 150_000, maxFramerate: 15 },
    ])
  })

  it('send nothing to a peer that wants nothing, and all again', async () => {
    const { encodings, sender } = senderOf(null)
    await applyVideoProfile(sender, limitedProfile(videoProfileFor(1), 'none'))
    expect(encodings[0]?.active).toBe(false)
    await applyVideoProfile(sender, limitedProfile(videoProfileFor(1), 'full'))
    expect(encodings[0]).toMatchObject({ active: true, scaleResolutionDownBy: 1 })
  })
})
