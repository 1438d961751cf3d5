import { describe, expect, it } from 'vitest'
import { readStats, statsOf } from './stats.ts'

const chromium = new Map<string, Record<string, unknown>>([
  ['T', { type: 'transport', selectedCandidatePairId: 'P' }],
  ['Q', { type: 'candidate-pair', localCandidateId: 'H', remoteCandidateId: 'R' }],
  [
    'P',
    {
      type: 'candidate-pair',
      timestamp: 5000,
      localCandidateId: 'L',
      remoteCandidateId: 'R',
      currentRoundTripTime: 0.12,
      availableOutgoingBitrate: 900_000,
    },
  ],
  ['L', { type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' }],
  ['H', { type: 'local-candidate', candidateType: 'host', protocol: 'udp' }],
  ['R', { type: 'remote-candidate', candidateType: 'srflx', protocol: 'udp' }],
  [
    'IA',
    {
      type: 'inbound-rtp',
      kind: 'audio',
      codecId: 'CO',
      bytesReceived: 100,
      packetsReceived: 10,
      packetsLost: 1,
      jitter: 0.01,
    },
  ],
  [
    'IV',
    {
      type: 'inbound-rtp',
      kind: 'video',
      codecId: 'CV',
      bytesReceived: 900,
      packetsReceived: 90,
      packetsLost: 4,
      jitter: 0.03,
      framesDecoded: 7,
      freezeCount: 2,
      frameWidth: 640,
      frameHeight: 360,
      framesPerSecond: 24,
    },
  ],
  [
    'OV',
    {
      type: 'outbound-rtp',
      kind: 'video',
      mid: '1',
      codecId: 'CV',
      mediaSourceId: 'S',
      bytesSent: 500,
      packetsSent: 50,
      qualityLimitationReason: 'cpu',
      frameWidth: 320,
      frameHeight: 180,
      framesPerSecond: 10,
    },
  ],
  ['S', { type: 'media-source', kind: 'video', width: 1280, height: 720, framesPerSecond: 30 }],
  ['RI', { type: 'remote-inbound-rtp', kind: 'video', packetsLost: 5, roundTripTime: 0.3 }],
  ['CO', { type: 'codec', mimeType: 'audio/opus' }],
  ['CV', { type: 'codec', mimeType: 'video/VP8' }],
])

describe('the figures of a connection', () => {
  it('are those of Chromium', () => {
    expect(readStats(chromium)).toEqual({
      at: 5000,
      path: 'relayed',
      protocol: 'tls',
      roundTrip: 120,
      available: 900_000,
      bytesIn: 1000,
      bytesOut: 500,
      packetsIn: 100,
      packetsOut: 50,
      lostIn: 5,
      lostOut: 5,
      jitter: 30,
      frames: 7,
      freezes: 2,
      incoming: { width: 640, height: 360, framesPerSecond: 24 },
      outgoing: { width: 320, height: 180, framesPerSecond: 10 },
      sent: [
        {
          picture: { width: 320, height: 180, framesPerSecond: 10 },
          asked: { width: 1280, height: 720, framesPerSecond: 30 },
          limitation: 'cpu',
        },
      ],
      codecs: ['opus', 'VP8'],
    })
  })

  it('are those of Firefox, which marks the pair and knows the round trip from reports', () => {
    const pair = { type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' }
    const firefox = new Map<string, Record<string, unknown>>([
      ['Q', { ...pair, selected: false }],
      ['P', { ...pair, selected: true, timestamp: 9 }],
      ['L', { type: 'local-candidate', candidateType: 'host', protocol: 'udp' }],
      ['R', { type: 'remote-candidate', candidateType: 'host', protocol: 'udp' }],
      ['RI', { type: 'remote-inbound-rtp', roundTripTime: 0.25 }],
    ])
    const expected = { at: 9, path: 'direct', protocol: 'udp', roundTrip: 250, sent: [] }
    expect(readStats(firefox)).toMatchObject(expected)
  })

  it('are none before there is a connection', () => {
    const unknown = { path: 'unknown', roundTrip: undefined, incoming: undefined, codecs: [] }
    expect(readStats(new Map())).toMatchObject(unknown)
  })

  it('are those of the largest picture, and of all packets', () => {
    const video = { type: 'inbound-rtp', kind: 'video', packetsReceived: 10 }
    const stats = new Map<string, Record<string, unknown>>([
      ['camera', { ...video, frameWidth: 320, frameHeight: 180 }],
      ['screen', { ...video, frameWidth: 1920, frameHeight: 1080 }],
    ])
    expect(readStats(stats)).toMatchObject({ packetsIn: 20, incoming: { width: 1920 } })
  })

  it.each([
    [
      'low data',
      { scaleResolutionDownBy: 4, maxFramerate: 15 },
      [{ width: 320, height: 180, framesPerSecond: 15 }],
    ],
    ['a screen with text', { maxFramerate: 8 }, [{ width: 1280, height: 720, framesPerSecond: 8 }]],
    ['nothing', { active: false }, []],
  ])('know what was asked for: %s', async (_, encoding, asked) => {
    const sender = { getParameters: () => ({ encodings: [encoding] }) }
    const pc = { getStats: async () => chromium, getTransceivers: () => [{ mid: '1', sender }] }
    const stats = await statsOf(pc as unknown as RTCPeerConnection)
    expect(stats?.sent.map((sent) => sent.asked)).toEqual(asked)
  })

  it('are undefined for a connection that is closed or not there', async () => {
    const closed = { getStats: () => Promise.reject(new Error('closed')) }
    expect(await statsOf(closed as unknown as RTCPeerConnection)).toBeUndefined()
    expect(await statsOf(undefined)).toBeUndefined()
  })
})
