import { describe, expect, it } from 'vitest'
import { readStats, type ConnectionStats } from '../../kit/src/rtc/stats.ts'
import { sampleBetween } from './sample.ts'

const start: ConnectionStats = { ...readStats(new Map()), at: 1000 }
const asked = { width: 1280, height: 720, framesPerSecond: 30 }

/** Two seconds after the start. */
const later = (more: Partial<ConnectionStats>) =>
  sampleBetween(start, { ...start, at: 3000, ...more })

describe('a sample', () => {
  it('has rates in bits per second', () => {
    expect(later({ bytesIn: 1000, bytesOut: 250 })).toMatchObject({
      bitrateIn: 4000,
      bitrateOut: 1000,
    })
  })

  it.each([
    ['of those that arrived and those that did not', { packetsIn: 90, lostIn: 10 }, 0.1, undefined],
    ['of those that were sent', { packetsOut: 100, lostOut: 10 }, undefined, 0.1],
    ['none of very few packets', { packetsIn: 20, lostIn: 5 }, undefined, undefined],
    ['none if packets came late', { packetsIn: 100, lostIn: -3 }, 0, undefined],
    ['not more than all', { packetsOut: 40, lostOut: 90 }, undefined, 1],
  ])('has the share that is lost: %s', (_, stats, lossIn, lossOut) => {
    const sample = later(stats)
    expect([sample?.lossIn, sample?.lossOut]).toEqual([lossIn, lossOut])
  })

  it.each([
    ['smaller', { width: 640, height: 360, framesPerSecond: 30 }, 'cpu'],
    ['slower', { ...asked, framesPerSecond: 12 }, 'cpu'],
    ['almost as good', { width: 960, height: 540, framesPerSecond: 24 }, 'none'],
  ] as const)('tells what limits our picture if it is %s', (_, picture, limitation) => {
    const sent = [{ picture, asked, limitation: 'cpu' as const }]
    expect(later({ sent })?.limitation).toBe(limitation)
  })

  it('does not blame the camera for what limits the screen beside it', () => {
    const camera = { picture: asked, asked, limitation: 'bandwidth' as const }
    const small = { width: 640, height: 360, framesPerSecond: 8 }
    const screen = { picture: small, asked, limitation: 'none' as const }
    expect(later({ sent: [camera, screen] })?.limitation).toBe('none')
  })

  it('is none without a time between, and none if the counts began anew', () => {
    expect(sampleBetween(start, start)).toBeUndefined()
    expect(sampleBetween({ ...start, bytesIn: 9 }, { ...start, at: 3000 })).toBeUndefined()
  })
})
