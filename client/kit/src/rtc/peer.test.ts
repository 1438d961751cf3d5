import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Description } from '../signaling/protocol.ts'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { asTrack, FakeTrack } from '../../testing/fake-peer-connection.ts'
import { fingerprintLine, fingerprintOf } from '../../testing/fingerprint-line.ts'
import { both, exchange, none, Side } from '../../testing/peer-side.ts'
import { MAX_PENDING_CANDIDATES } from './pending-candidates.ts'
import type { LocalTracks } from './transceivers.ts'
import { videoProfileFor } from './video-quality.ts'

let clock: FakeClock
/** The offer of an old client: it has no data channel. */
const oldOffer = (fingerprint = 'OLD'): Description => ({
  type: 'offer',
  sdp: `a=fingerprint:sha-256 ${fingerprint}\nm=audio 9 X\na=sendrecv\nm=video 9 X\na=sendrecv`,
})
const candidate = (name: string): RTCIceCandidateInit => ({ candidate: name, sdpMid: '0' })

beforeEach(() => {
  clock = new FakeClock()
})

describe('offer and answer', () => {
  it('connect the one who joins with the one who is there', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
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

  it.each<[string, LocalTracks, string[]]>([
    ['camera only', { ...both(), audio: null }, ['recvonly', 'sendrecv']],
    ['microphone only', { ...both(), video: null }, ['sendrecv', 'recvonly']],
    ['neither', none, ['recvonly', 'recvonly']],
  ])('still request audio and video with %s', async (_, tracks, directions) => {
    const [a, b] = [new Side('offerer', tracks, clock), new Side('answerer', tracks, clock)]
    await settle()
    await exchange(a, b)
    expect(a.directions().map(([, direction]) => direction)).toEqual(directions)
    expect(b.directions().map(([, direction]) => direction)).toEqual(directions)
  })

  it('are sent in the shape that older clients read', async () => {
    const a = new Side('offerer', both(), clock)
    await settle()
    expect(a.sent).toEqual([{ sdp: { type: 'offer', sdp: expect.any(String) }, offer: 1 }])
    const toJSON = () => candidate('x')
    a.pc.onicecandidate?.({ candidate: { ...candidate('x'), toJSON } })
    a.pc.onicecandidate?.({ candidate: null })
    a.pc.onicecandidate?.({ candidate: { candidate: '', toJSON } })
    expect(a.sent.slice(1)).toEqual([{ candidate: candidate('x') }])
  })

  it('go on after a step that the browser rejects', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const b = new Side('answerer', both(), clock)
    vi.spyOn(b.pc, 'setRemoteDescription').mockRejectedValueOnce(new Error('no such codec'))
    b.peer.receiveDescription(oldOffer())
    b.peer.receiveDescription(oldOffer())
    await settle()
    expect(warn).toHaveBeenCalledOnce()
    expect(b.takeDescriptions().map(({ type }) => type)).toEqual(['answer'])
    warn.mockRestore()
  })
})

describe('colliding offers', () => {
  it('end with the offer of the impolite peer', async () => {
    const a = new Side('offerer', both(), clock, true)
    const b = new Side('offerer', both(), clock, false)
    await settle()
    const [fromA, fromB] = [a.takeDescriptions(), b.takeDescriptions()]
    fromA.forEach((offer) => b.peer.receiveDescription(offer))
    fromB.forEach((offer) => a.peer.receiveDescription(offer))
    await settle()
    expect(b.takeDescriptions()).toEqual([])
    const answers = a.takeDescriptions()
    expect(answers.map(({ type }) => type)).toEqual(['answer'])
    answers.forEach((answer) => b.peer.receiveDescription(answer))
    await settle()
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable'])
  })

  it('leave no second transceiver behind on the side that yields', async () => {
    const a = new Side('offerer', both(), clock)
    const b = new Side('offerer', both(), clock, true)
    await settle()
    await exchange(a, b)
    expect(b.directions()).toEqual([
      ['audio', 'sendrecv'],
      ['video', 'sendrecv'],
    ])
  })

  it.each<[string, LocalTracks, number]>([
    ['with devices', both(), 0],
    ['without devices', none, 1],
  ])('are followed by no offers without end, %s', async (_, tracks, further) => {
    const [a, b] = [new Side('offerer', tracks, clock), new Side('offerer', tracks, clock, true)]
    await settle()
    await exchange(a, b)
    a.takeMessages()
    let offers = 0
    for (let round = 0; round < 10; round++) {
      offers += b.sent.filter((each) => 'sdp' in each && each.sdp.type === 'offer').length
      await exchange(b, a)
      await exchange(a, b)
    }
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable'])
    // b's first offer, and one for what it has left over.
    expect(offers).toBe(1 + further)
  })

  it('do not freeze video that was received before', async () => {
    const a = new Side('offerer', both(), clock, true)
    const b = new Side('answerer', both(), clock, false)
    await settle()
    await exchange(a, b)
    await exchange(b, a)
    for (const side of [a, b]) side.peer.restartIce([])
    await settle()
    a.takeDescriptions()
    await exchange(b, a)
    expect(a.takeDescriptions().map(({ type }) => type)).toEqual(['answer'])
    expect(a.pc.videoFrozen).toBe(false)
  })

  it('of old clients are ignored, since those always yield', async () => {
    const a = new Side('offerer', both(), clock, true)
    await settle()
    a.takeDescriptions()
    a.peer.receiveDescription(oldOffer())
    await settle()
    expect(a.takeDescriptions()).toEqual([])
    expect(a.pc.signalingState).toBe('have-local-offer')
  })

  it('are accepted in the end if nobody answers ours', async () => {
    const a = new Side('offerer', both(), clock)
    await settle()
    a.takeDescriptions()
    a.peer.receiveDescription(oldOffer())
    a.peer.addCandidate(candidate('late'))
    await settle()
    await clock.advance(2999)
    expect(a.takeDescriptions()).toEqual([])
    await clock.advance(1)
    expect(a.takeDescriptions().map(({ type }) => type)).toEqual(['answer'])
    expect(a.pc.candidates).toContainEqual(candidate('late'))
  })

  it('are ignored once ours is answered', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    await exchange(a, b)
    a.peer.receiveDescription(oldOffer())
    await exchange(b, a)
    await clock.advance(10_000)
    expect(a.takeDescriptions()).toEqual([])
  })
})

describe('the number of an offer', () => {
  async function connectedPair(): Promise<[Side, Side]> {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    await exchange(a, b)
    await exchange(b, a)
    return [a, b]
  }

  it('keeps an answer from being applied to another offer', async () => {
    const [a, b] = await connectedPair()
    // While B is away, A restarts ICE twice; then the server replays both offers.
    for (let i = 0; i < 2; i++) {
      a.peer.restartIce([])
      await settle()
    }
    const offers = a.takeMessages()
    expect(offers.map(({ offer }) => offer)).toEqual([2, 3])
    const answers = []
    for (const offer of offers) {
      await b.receive(offer)
      answers.push(...b.takeMessages())
    }
    expect(answers.map(({ offer }) => offer)).toEqual([2, 3])
    const [first, second] = answers
    if (!first || !second) throw new Error('no answers')
    await a.receive(first)
    expect(a.pc.signalingState).toBe('have-local-offer')
    await a.receive(second)
    expect(a.pc.signalingState).toBe('stable')
    expect(a.pc.remoteDescription).toEqual(second.sdp)
  })

  it('is missing in the answers of old clients, which count for the last offer', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    const [offer] = a.takeDescriptions()
    if (offer) await b.receive({ sdp: offer })
    const [answer] = b.takeMessages()
    expect(answer?.offer).toBeUndefined()
    if (answer) await a.receive(answer)
    expect(a.pc.signalingState).toBe('stable')
  })

  it('shows that an offer is a repetition: its answer is repeated as well', async () => {
    const [a, b] = await connectedPair()
    a.peer.restartIce([])
    await settle()
    await exchange(a, b)
    const [lost] = b.takeMessages()
    a.peer.resendOffer()
    await settle()
    const spy = vi.spyOn(b.pc, 'setRemoteDescription')
    await exchange(a, b)
    expect(spy).not.toHaveBeenCalled()
    const [again] = b.takeMessages()
    expect(again).toEqual(lost)
    if (again) await a.receive(again)
    expect(a.pc.signalingState).toBe('stable')
  })
})

describe('candidates', () => {
  it('that come before the description are queued, in order', async () => {
    const b = new Side('answerer', both(), clock)
    b.peer.addCandidate(candidate('1'))
    b.peer.addCandidate(candidate('2'))
    await settle()
    expect(b.pc.candidates).toEqual([])
    b.peer.receiveDescription(oldOffer())
    b.peer.addCandidate(candidate('3'))
    await settle()
    expect(b.pc.candidates.map(({ candidate }) => candidate)).toEqual(['1', '2', '3'])
  })

  it('that are rejected do no harm', async () => {
    const b = new Side('answerer', both(), clock)
    b.peer.receiveDescription(oldOffer())
    vi.spyOn(b.pc, 'addIceCandidate').mockRejectedValueOnce(new Error('unknown ufrag'))
    b.peer.addCandidate(candidate('1'))
    b.peer.addCandidate(candidate('2'))
    await settle()
    expect(b.pc.candidates).toEqual([candidate('2')])
  })

  it('are queued up to a limit', async () => {
    const b = new Side('answerer', both(), clock)
    for (let i = 0; i < MAX_PENDING_CANDIDATES + 50; i++) b.peer.addCandidate(candidate(String(i)))
    b.peer.receiveDescription(oldOffer())
    await settle()
    expect(b.pc.candidates).toHaveLength(MAX_PENDING_CANDIDATES)
  })
})

describe('a description', () => {
  it('belongs to the connection with the same fingerprint', async () => {
    const b = new Side('answerer', both(), clock)
    b.peer.receiveDescription(oldOffer('ONE'))
    await settle()
    expect(b.peer.isFromSameConnection(oldOffer('ONE'))).toBe(true)
    expect(b.peer.isFromSameConnection(oldOffer('TWO'))).toBe(false)
  })
})

describe('a running connection', () => {
  it('restarts ICE with fresh servers', async () => {
    const a = new Side('offerer', both(), clock)
    await settle()
    a.takeDescriptions()
    a.peer.restartIce([{ urls: 'turn:fresh.example' }])
    await settle()
    expect(a.pc.restarts).toBe(1)
    expect(a.pc.configuration.iceServers).toEqual([{ urls: 'turn:fresh.example' }])
    expect(a.takeDescriptions().map(({ type }) => type)).toEqual(['offer'])
  })

  it('replaces a track without a new offer', async () => {
    const a = new Side('offerer', both(), clock)
    await settle()
    const other = asTrack(new FakeTrack('video'))
    a.tracks = { ...a.tracks, video: other }
    a.peer.updateTracks()
    await settle()
    expect(a.pc.getTransceivers()[1]?.sender.track).toBe(other)
    expect(a.directions()[1]).toEqual(['video', 'sendrecv'])
  })

  it('changes the direction when there is something to send', async () => {
    const a = new Side('offerer', none, clock)
    await settle()
    a.tracks = { ...none, audio: asTrack(new FakeTrack('audio')) }
    a.peer.updateTracks()
    await settle()
    expect(a.directions()[0]).toEqual(['audio', 'sendrecv'])
    a.tracks = none
    a.peer.updateTracks()
    await settle()
    expect(a.directions()[0]).toEqual(['audio', 'recvonly'])
  })

  it('sends its media state once it can, and ignores invalid ones', async () => {
    const a = new Side('offerer', both(), clock)
    a.peer.sendMediaState({ muted: true, camera: true, screen: false })
    await settle()
    a.pc.channel?.open()
    expect(a.pc.channel?.sent).toEqual([
      '{"muted":true,"camera":true,"screen":false,"screenBeside":true,"want":"full"}',
    ])
    for (const data of ['', 'null', '{"muted":"yes","camera":true}', '{"muted":true}']) {
      a.pc.channel?.onmessage?.({ data })
    }
    expect(a.mediaState).not.toHaveBeenCalled()
    a.pc.channel?.onmessage?.({ data: '{"muted":false,"camera":true}' })
    expect(a.mediaState).toHaveBeenCalledWith({
      muted: false,
      camera: true,
      screen: false,
      screenBeside: false,
      want: 'full',
    })
  })

  it('resends only an offer that was never answered', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    const [offer] = a.takeMessages()
    a.peer.resendOffer()
    await settle()
    expect(a.sent).toEqual([offer])
    await exchange(a, b)
    await exchange(b, a)
    a.peer.resendOffer()
    await settle()
    expect(a.sent).toEqual([])
  })

  it('reports what was negotiated, with the fingerprints of both sides', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    await exchange(a, b)
    await exchange(b, a)
    expect([a.negotiated.mock.calls.length, b.negotiated.mock.calls.length]).toEqual([1, 1])
    const { local, remote } = a.peer.fingerprints
    expect([local, remote]).toEqual([a.pc, b.pc].map(({ name }) => fingerprintOf(name)))
    expect(b.peer.fingerprints).toEqual({ local: remote, remote: local })
  })

  it.each(['offer', 'answer'])('closes if the browser misreads the %s', async (type) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    const victim = type === 'offer' ? b : a
    victim.pc.read = (sdp) => sdp.replace(/^a=fingerprint:.*$/m, fingerprintLine('EVE'))
    await exchange(a, b)
    await exchange(b, a)
    expect(victim.misread).toHaveBeenCalledOnce()
    expect(victim.pc.connectionState).toBe('closed')
    expect(victim.negotiated).not.toHaveBeenCalled()
    if (type === 'offer') expect(b.sent).toEqual([])
    warn.mockRestore()
  })

  it('passes on what else comes over the data channel, and sends messages once it can', async () => {
    const a = new Side('offerer', both(), clock)
    a.peer.send({ commit: 'x' })
    await settle()
    a.pc.channel?.open()
    a.peer.send({ reveal: 'y' })
    expect(a.pc.channel?.sent).toEqual(['{"commit":"x"}', '{"reveal":"y"}'])
    a.pc.channel?.onmessage?.({ data: '{"commit":"z"}' })
    expect(a.message).toHaveBeenCalledExactlyOnceWith('{"commit":"z"}')
  })

  it('sends video with the profile that is set', async () => {
    const a = new Side('offerer', both(), clock)
    a.peer.setVideoProfile(videoProfileFor(3))
    await settle()
    expect(a.pc.getTransceivers()[1]?.sender.parameters.encodings).toEqual([
      { active: true, scaleResolutionDownBy: 1, maxBitrate: 600_000, maxFramerate: 30 },
    ])
  })

  it('sends small pictures for the first second, and large ones from then on', async () => {
    const a = new Side('offerer', both(), clock)
    a.peer.setVideoProfile(videoProfileFor(1))
    await settle()
    const scale = () =>
      a.pc.getTransceivers()[1]?.sender.parameters.encodings[0]?.scaleResolutionDownBy
    expect(scale()).toBe(2)
    await clock.advance(5000) // nothing is sent yet
    expect(scale()).toBe(2)
    a.pc.enterState('connected')
    await clock.advance(900)
    expect(scale()).toBe(2)
    await clock.advance(100)
    expect(scale()).toBe(1)
    a.pc.enterState('disconnected')
    a.pc.enterState('connected')
    expect(scale()).toBe(1)
  })

  it('has the audio level of what it receives', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    expect(a.peer.audioLevel()).toBe(0)
    await settle()
    await exchange(a, b)
    await exchange(b, a)
    const [audio] = a.pc.getTransceivers()
    if (audio) audio.audioLevel = 0.25
    expect(a.peer.audioLevel()).toBe(0.25)
  })

  it('reports that the other side closed, but not that we did', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('offerer', both(), clock)]
    await settle()
    a.pc.channel?.onclose?.()
    expect(a.closed).toHaveBeenCalledOnce()
    b.peer.close()
    b.pc.channel?.onclose?.()
    expect(b.closed).not.toHaveBeenCalled()
  })

  it('does not go on with an answer after it is closed', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    await exchange(a, b)
    vi.spyOn(a.pc, 'setRemoteDescription').mockImplementation(async () => a.peer.close())
    await exchange(b, a)
    expect(a.negotiated).not.toHaveBeenCalled()
  })

  it('takes no section of a kind but the first two', async () => {
    const b = new Side('answerer', both(), clock)
    const kinds = ['audio', 'video', 'video', 'video', 'audio', 'audio']
    const sections = kinds.map((kind, mid) => `m=${kind} 9 X\na=sendrecv\na=mid:${mid}`)
    const sdp = ['a=fingerprint:sha-256 THEIRS', ...sections].join('\n')
    await b.receive({ sdp: { type: 'offer', sdp } })
    expect(b.remoteTracks().map(({ kind }) => kind)).toEqual(['audio', 'video'])
  })

  it('limits its video once for many wishes at a time', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    await exchange(a, b)
    await exchange(b, a)
    const want = (amount: string) =>
      a.pc.channel?.onmessage?.({ data: `{"muted":false,"camera":true,"want":"${amount}"}` })
    a.peer.setVideoProfile(videoProfileFor(1))
    want('full')
    await settle()
    const sender = a.pc.getTransceivers()[1]?.sender
    const set = vi.spyOn(sender as NonNullable<typeof sender>, 'setParameters')
    for (let count = 0; count < 100; count++) want(count % 2 === 0 ? 'full' : 'low')
    await settle()
    expect(set).toHaveBeenCalledOnce()
    expect(sender?.parameters.encodings[0]?.maxBitrate).toBe(150_000)
  })

  it('sends nothing if it is closed before it was open', async () => {
    const a = new Side('offerer', both(), clock)
    a.peer.close()
    await settle()
    expect([a.pc.connectionState, a.sent]).toEqual(['closed', []])
  })
})

describe('candidates that were gathered before', () => {
  const candidate = {
    candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
    toJSON: () => candidate,
  }
  const pooled = () => {
    const a = new Side('offerer', both(), clock)
    a.pc.configuration = { iceCandidatePoolSize: 1 }
    return a
  }

  it('leave with the description, once', async () => {
    const a = pooled()
    await settle()
    expect(a.sent).toEqual([])
    a.pc.onicecandidate?.({ candidate }) // it is in the description now
    a.pc.gather('complete')
    await settle()
    expect(a.sent.map((payload) => Object.keys(payload)[0])).toEqual(['sdp'])
    a.pc.onicecandidate?.({ candidate })
    expect(a.sent).toHaveLength(2)
  })

  it('do not hold up the description for long', async () => {
    const a = pooled()
    await settle()
    await clock.advance(10)
    expect(a.takeDescriptions().map(({ type }) => type)).toEqual(['offer'])
  })
})
