import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ManualClock, settle } from '../testing/fake-clock.ts'
import {
  asConnection,
  asTrack,
  FakeConnection,
  FakeTrack,
  fakeStream,
} from '../testing/fake-peer-connection.ts'
import type { Description, Payload } from '../signaling/protocol.ts'
import { MAX_EARLY_CANDIDATES } from './pending-candidates.ts'
import { rungFor } from './video-quality.ts'
import { Peer, type Role, type Tracks } from './peer.ts'

class Side {
  readonly pc = new FakeConnection()
  readonly sent: Payload[] = []
  readonly presence = vi.fn()
  readonly agreed = vi.fn()
  readonly closed = vi.fn()
  readonly peer: Peer

  constructor(role: Role, tracks: Tracks, clock: ManualClock, polite = role === 'answers') {
    this.peer = new Peer({
      role,
      polite,
      open: async () => asConnection(this.pc),
      stream: fakeStream(),
      outgoing: fakeStream(),
      tracks: () => tracks,
      clock,
      events: {
        signal: (payload) => this.sent.push(payload),
        agreed: this.agreed,
        path: () => undefined,
        track: () => undefined,
        presence: this.presence,
        closed: this.closed,
      },
    })
  }

  /** The descriptions sent since the last time. */
  take(): Description[] {
    return this.sent.splice(0).flatMap((payload) => ('sdp' in payload ? [payload.sdp] : []))
  }

  directions(): [string, string][] {
    return this.pc
      .getTransceivers()
      .map(({ receiver, direction }) => [receiver.track.kind, direction])
  }
}

let clock: ManualClock
const both = (): Tracks => ({
  audio: asTrack(new FakeTrack('audio')),
  video: asTrack(new FakeTrack('video')),
})
const none: Tracks = { audio: null, video: null }

/** An offer as a client sends it that knows nothing of ours: no data channel. */
const oldOffer = (fingerprint = 'OLD'): Description => ({
  type: 'offer',
  sdp: `a=fingerprint:sha-256 ${fingerprint}\nm=audio 9 X\na=sendrecv\nm=video 9 X\na=sendrecv`,
})
const candidate = (name: string): RTCIceCandidateInit => ({ candidate: name, sdpMid: '0' })

beforeEach(() => {
  clock = new ManualClock()
})

async function exchange(from: Side, to: Side): Promise<void> {
  for (const description of from.take()) to.peer.describe(description)
  await settle()
}

describe('offer and answer', () => {
  it('connect the one who enters with the one who is there', async () => {
    const [a, b] = [new Side('offers', both(), clock), new Side('answers', both(), clock)]
    await settle()
    expect(b.sent).toEqual([])
    await exchange(a, b)
    await exchange(b, a)
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable'])
    expect(b.directions()).toEqual([
      ['audio', 'sendrecv'],
      ['video', 'sendrecv'],
    ])
  })

  it.each<[string, Tracks, string[]]>([
    ['camera only', { ...both(), audio: null }, ['recvonly', 'sendrecv']],
    ['microphone only', { ...both(), video: null }, ['sendrecv', 'recvonly']],
    ['neither', none, ['recvonly', 'recvonly']],
  ])('still ask for picture and sound with %s', async (_, tracks, directions) => {
    const [a, b] = [new Side('offers', tracks, clock), new Side('answers', tracks, clock)]
    await settle()
    await exchange(a, b)
    expect(a.directions().map(([, direction]) => direction)).toEqual(directions)
    expect(b.directions().map(([, direction]) => direction)).toEqual(directions)
  })

  it('are sent in the shape that older clients read', async () => {
    const a = new Side('offers', both(), clock)
    await settle()
    expect(a.sent).toEqual([{ sdp: { type: 'offer', sdp: expect.any(String) } }])
    const toJSON = () => candidate('x')
    a.pc.onicecandidate?.({ candidate: { ...candidate('x'), toJSON } })
    a.pc.onicecandidate?.({ candidate: null })
    a.pc.onicecandidate?.({ candidate: { candidate: '', toJSON } })
    expect(a.sent.slice(1)).toEqual([{ candidate: candidate('x') }])
  })

  it('go on after a step that the browser refuses', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const b = new Side('answers', both(), clock)
    vi.spyOn(b.pc, 'setRemoteDescription').mockRejectedValueOnce(new Error('no such codec'))
    b.peer.describe(oldOffer())
    b.peer.describe(oldOffer())
    await settle()
    expect(warn).toHaveBeenCalledOnce()
    expect(b.take().map(({ type }) => type)).toEqual(['answer'])
    warn.mockRestore()
  })
})

describe('offers that meet', () => {
  it('end with the offer of the one who is not polite, whoever entered', async () => {
    const a = new Side('offers', both(), clock, true)
    const b = new Side('offers', both(), clock, false)
    await settle()
    const [fromA, fromB] = [a.take(), b.take()]
    fromA.forEach((offer) => b.peer.describe(offer))
    fromB.forEach((offer) => a.peer.describe(offer))
    await settle()
    expect(b.take()).toEqual([])
    const answers = a.take()
    expect(answers.map(({ type }) => type)).toEqual(['answer'])
    answers.forEach((answer) => b.peer.describe(answer))
    await settle()
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable'])
  })

  it('leave no second camera behind on the side that gives way', async () => {
    const a = new Side('offers', both(), clock)
    const b = new Side('offers', both(), clock, true)
    await settle()
    await exchange(a, b)
    expect(b.directions()).toEqual([
      ['audio', 'sendrecv'],
      ['video', 'sendrecv'],
    ])
  })

  it('leave the other in sight who was seen before', async () => {
    const a = new Side('offers', both(), clock, true)
    const b = new Side('answers', both(), clock, false)
    await settle()
    await exchange(a, b)
    await exchange(b, a)
    for (const side of [a, b]) side.peer.restart([])
    await settle()
    a.take()
    await exchange(b, a)
    expect(a.take().map(({ type }) => type)).toEqual(['answer'])
    expect(a.pc.blind).toBe(false)
  })

  it('are not given way to older clients, which always do', async () => {
    const a = new Side('offers', both(), clock, true)
    await settle()
    a.take()
    a.peer.describe(oldOffer())
    await settle()
    expect(a.take()).toEqual([])
    expect(a.pc.signalingState).toBe('have-local-offer')
  })

  it('are given way to after all when nobody answers', async () => {
    const a = new Side('offers', both(), clock)
    await settle()
    a.take()
    a.peer.describe(oldOffer())
    a.peer.addCandidate(candidate('late'))
    await settle()
    await clock.advance(2999)
    expect(a.take()).toEqual([])
    await clock.advance(1)
    expect(a.take().map(({ type }) => type)).toEqual(['answer'])
    expect(a.pc.candidates).toContainEqual(candidate('late'))
  })

  it('are not given way to when the answer came', async () => {
    const [a, b] = [new Side('offers', both(), clock), new Side('answers', both(), clock)]
    await settle()
    await exchange(a, b)
    a.peer.describe(oldOffer())
    await exchange(b, a)
    await clock.advance(10_000)
    expect(a.take()).toEqual([])
  })
})

describe('candidates', () => {
  it('that come before the description are kept, in order', async () => {
    const b = new Side('answers', both(), clock)
    b.peer.addCandidate(candidate('1'))
    b.peer.addCandidate(candidate('2'))
    await settle()
    expect(b.pc.candidates).toEqual([])
    b.peer.describe(oldOffer())
    b.peer.addCandidate(candidate('3'))
    await settle()
    expect(b.pc.candidates.map(({ candidate }) => candidate)).toEqual(['1', '2', '3'])
  })

  it('that are refused harm nothing', async () => {
    const b = new Side('answers', both(), clock)
    b.peer.describe(oldOffer())
    vi.spyOn(b.pc, 'addIceCandidate').mockRejectedValueOnce(new Error('unknown ufrag'))
    b.peer.addCandidate(candidate('1'))
    b.peer.addCandidate(candidate('2'))
    await settle()
    expect(b.pc.candidates).toEqual([candidate('2')])
  })

  it('are not kept without end', async () => {
    const b = new Side('answers', both(), clock)
    for (let i = 0; i < MAX_EARLY_CANDIDATES + 50; i++) b.peer.addCandidate(candidate(String(i)))
    b.peer.describe(oldOffer())
    await settle()
    expect(b.pc.candidates).toHaveLength(MAX_EARLY_CANDIDATES)
  })
})

describe('a description', () => {
  it('continues the connection it has the fingerprint of', async () => {
    const b = new Side('answers', both(), clock)
    b.peer.describe(oldOffer('ONE'))
    await settle()
    expect(b.peer.continues(oldOffer('ONE'))).toBe(true)
    expect(b.peer.continues(oldOffer('TWO'))).toBe(false)
  })
})

describe('a running connection', () => {
  it('restarts with the servers of the day', async () => {
    const a = new Side('offers', both(), clock)
    await settle()
    a.take()
    a.peer.restart([{ urls: 'turn:fresh.example' }])
    await settle()
    expect(a.pc.restarts).toBe(1)
    expect(a.pc.configuration.iceServers).toEqual([{ urls: 'turn:fresh.example' }])
    expect(a.take().map(({ type }) => type)).toEqual(['offer'])
  })

  it('replaces a track without a new offer', async () => {
    const a = new Side('offers', both(), clock)
    await settle()
    const screen = asTrack(new FakeTrack('video'))
    a.peer.send('video', screen)
    await settle()
    expect(a.pc.getTransceivers()[1]?.sender.track).toBe(screen)
    expect(a.directions()[1]).toEqual(['video', 'sendrecv'])
  })

  it('turns a section around when there is something to send at last', async () => {
    const a = new Side('offers', none, clock)
    await settle()
    a.peer.send('audio', asTrack(new FakeTrack('audio')))
    await settle()
    expect(a.directions()[0]).toEqual(['audio', 'sendrecv'])
    a.peer.send('audio', null)
    await settle()
    expect(a.directions()[0]).toEqual(['audio', 'recvonly'])
  })

  it('tells presence once it can, and hears only sense', async () => {
    const a = new Side('offers', both(), clock)
    a.peer.announce({ muted: true, camera: true, screen: false })
    await settle()
    a.pc.channel?.open()
    expect(a.pc.channel?.sent).toEqual(['{"muted":true,"camera":true,"screen":false}'])
    for (const data of ['', 'null', '{"muted":"yes","camera":true}', '{"muted":true}']) {
      a.pc.channel?.onmessage?.({ data })
    }
    expect(a.presence).not.toHaveBeenCalled()
    a.pc.channel?.onmessage?.({ data: '{"muted":false,"camera":true}' })
    expect(a.presence).toHaveBeenCalledWith({ muted: false, camera: true, screen: false })
  })

  it('offers again only what was never answered', async () => {
    const [a, b] = [new Side('offers', both(), clock), new Side('answers', both(), clock)]
    await settle()
    a.take()
    a.peer.refresh()
    await settle()
    expect(a.sent).toHaveLength(1)
    await exchange(a, b)
    await exchange(b, a)
    a.peer.refresh()
    await settle()
    expect(a.sent).toEqual([])
  })

  it('tells what both have agreed on', async () => {
    const [a, b] = [new Side('offers', both(), clock), new Side('answers', both(), clock)]
    await settle()
    await exchange(a, b)
    await exchange(b, a)
    const [ours, theirs] = [a.pc.localDescription?.sdp, b.pc.localDescription?.sdp]
    expect(a.agreed).toHaveBeenCalledExactlyOnceWith(ours, theirs)
    expect(b.agreed).toHaveBeenCalledExactlyOnceWith(theirs, ours)
  })

  it('sends pictures as large as the ladder says', async () => {
    const a = new Side('offers', both(), clock)
    a.peer.shape(rungFor(3))
    await settle()
    expect(a.pc.getTransceivers()[1]?.sender.parameters.encodings).toEqual([
      { maxBitrate: 600_000, maxFramerate: 30 },
    ])
  })

  it('is as loud as what it receives', async () => {
    const a = new Side('offers', both(), clock)
    expect(a.peer.loudness()).toBe(0)
    await settle()
    const [audio] = a.pc.getTransceivers()
    if (audio) audio.audioLevel = 0.25
    expect(a.peer.loudness()).toBe(0.25)
  })

  it('says when the other side closed, but not when we did', async () => {
    const [a, b] = [new Side('offers', both(), clock), new Side('offers', both(), clock)]
    await settle()
    a.pc.channel?.onclose?.()
    expect(a.closed).toHaveBeenCalledOnce()
    b.peer.close()
    b.pc.channel?.onclose?.()
    expect(b.closed).not.toHaveBeenCalled()
  })

  it('that is closed before it was open stays silent', async () => {
    const a = new Side('offers', both(), clock)
    a.peer.close()
    await settle()
    expect([a.pc.connectionState, a.sent]).toEqual(['closed', []])
  })
})
