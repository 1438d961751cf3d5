import { describe, expect, it } from 'vitest'
import { hold, LADDER, rungFor } from './video-quality.ts'

describe('the ladder', () => {
  it('falls with every step, and ends with a full call', () => {
    for (const [index, rung] of LADDER.entries()) {
      const above = LADDER[index - 1]
      if (!above) continue
      expect(rung.others).toBeGreaterThan(above.others)
      expect(rung.bitrate).toBeLessThan(above.bitrate)
      expect(rung.height).toBeLessThan(above.height)
      expect(rung.framerate).toBeLessThanOrEqual(above.framerate)
    }
    expect(LADDER.at(-1)?.others).toBe(7)
  })

  it('keeps what one sends in all below 2.1 Mbit/s', () => {
    for (const { others, bitrate } of LADDER)
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
  ])('gives %i others a picture of %i lines', (others, height) => {
    expect(rungFor(others).height).toBe(height)
  })

  it('lets a shared screen keep its size, and move less', async () => {
    const encodings: RTCRtpEncodingParameters[] = [{}]
    const sender = {
      track: { contentHint: 'detail' },
      getParameters: () => ({ encodings }),
      setParameters: async () => undefined,
    } as unknown as RTCRtpSender
    await hold(sender, rungFor(1))
    expect(encodings).toEqual([{ maxBitrate: 2_000_000, maxFramerate: 8 }])
  })
})
