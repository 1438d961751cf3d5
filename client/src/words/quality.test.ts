import { describe, expect, it } from 'vitest'
import type { OwnCause, PeerCause } from '../quality/causes.ts'
import type { Sample } from '../quality/sample.ts'
import { connectionSummary, ownQualityWords, peerQualityWords, qualityFigures } from './quality.ts'

const sample: Sample = {
  path: 'relayed',
  protocol: 'tls',
  roundTrip: 320.4,
  jitter: 12,
  available: undefined,
  incoming: { width: 640, height: 360, framesPerSecond: 24.2 },
  outgoing: undefined,
  codecs: ['opus', 'VP8'],
  lossIn: 0.0312,
  lossOut: undefined,
  bitrateIn: 1_240_000,
  bitrateOut: 32_400,
  freezes: 2,
  limitation: 'none',
}
const title = (cause: PeerCause) => peerQualityWords({ cause, sample }, 'Ann', false)?.title
const text = (cause: PeerCause, isGroup: boolean) =>
  peerQualityWords({ cause, sample }, 'Ann', isGroup)?.text

describe('why a picture is bad', () => {
  it('names whose it is', () => {
    expect(title('computer')).toBe('Ann’s computer is busy')
    expect(title('upload')).toBe('Ann’s upload is slow')
    expect(title('loss')).toBe('Packets between you and Ann get lost')
    expect(title('unsteady')).toBe('The connection to Ann is unsteady')
    expect(title('far')).toBe('Ann is far away')
    expect(text('far', false)).toMatch('320 ms')
    const own: OwnCause[] = ['computer', 'loss', 'upload', 'download']
    expect(own.map((cause) => ownQualityWords(cause)?.title)).toEqual([
      'Your computer is busy',
      'Your connection loses packets',
      'Your upload is slow',
      'Your download is slow',
    ])
  })

  it('is not sure of an upload that nothing is compared with', () => {
    expect(text('upload', false)).toMatch(/^Or your download is/)
    expect(text('upload', true)).not.toMatch(/your download/)
  })

  it('tells a relay from a long way', () => {
    expect(text('far', false)).toMatch('over a relay')
    const direct = { cause: 'far', sample: { ...sample, path: 'direct' } } as const
    expect(peerQualityWords(direct, 'Ann', false)?.text).not.toMatch('relay')
  })

  it('is nothing if all is well', () => {
    expect(peerQualityWords({ cause: undefined, sample }, 'Ann', false)).toBeUndefined()
    expect(peerQualityWords(undefined, 'Ann', false)).toBeUndefined()
    expect(ownQualityWords(undefined)).toBeUndefined()
  })
})

describe('the figures of a connection', () => {
  it('are in a line', () => {
    expect(connectionSummary('Ann', sample)).toBe('Ann: over a relay, 320 ms')
  })

  it('are in rows, without those that the browser does not tell', () => {
    expect(qualityFigures(sample).map(({ name, value }) => [name, value])).toEqual([
      ['Path', 'Over a relay (TLS)'],
      ['Round trip', '320 ms'],
      ['Lost, in and out', '3.1% / unknown'],
      ['Jitter', '12 ms'],
      ['In', '1.2 Mbit/s'],
      ['Out', '32 kbit/s'],
      ['Picture in', '640 × 360, 24 per second'],
      ['Picture out', 'none'],
      ['Freezes', '2'],
      ['Codecs', 'opus, VP8'],
    ])
  })
})
