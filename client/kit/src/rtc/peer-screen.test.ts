import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { asTrack, FakeTrack, fakeStream } from '../../testing/fake-peer-connection.ts'
import { both, exchange, none, Side } from '../../testing/peer-side.ts'
import type { Outgoing } from './transceivers.ts'
import { videoProfileFor } from './video-quality.ts'

let clock: FakeClock
const OWN_PAGE = '{"muted":false,"camera":true,"screenBeside":true}'
const EARLIER_PAGE = '{"muted":false,"camera":true}'

beforeEach(() => {
  clock = new FakeClock()
})

function screenOf({ sound = true, contentHint = 'detail' } = {}): Outgoing {
  const video = Object.assign(asTrack(new FakeTrack('video')), { contentHint })
  const audio = sound ? asTrack(new FakeTrack('audio')) : null
  return { tracks: { audio, video }, stream: fakeStream() }
}

/** Delivers descriptions until there are none. */
async function negotiate(a: Side, b: Side): Promise<void> {
  while (a.sent.length + b.sent.length > 0) {
    await exchange(a, b)
    await exchange(b, a)
  }
}

/** A connection of two, one of whom says this of its page. */
async function connect(page = OWN_PAGE, tracks = both()): Promise<[Side, Side]> {
  const a = new Side('offerer', tracks, clock, false)
  const b = new Side('answerer', tracks, clock, true)
  await settle()
  await negotiate(a, b)
  for (const side of [a, b]) {
    side.pc.enterState('connected')
    side.pc.channel?.open()
    side.peer.sendMediaState({ muted: false, camera: true, screen: false })
  }
  tell(a, page)
  tell(b, OWN_PAGE)
  await negotiate(a, b)
  return [a, b]
}

/** The other side says this over the data channel. */
const tell = (side: Side, data: string) => side.pc.channel?.onmessage?.({ data })

async function share(side: Side, screen: Outgoing | undefined): Promise<void> {
  side.sharedScreen = screen
  side.peer.updateTracks()
  side.peer.sendMediaState({ muted: false, camera: true, screen: screen !== undefined })
  await settle()
}

/** The kinds, current directions and tracks of all sections, in order. */
const sections = ({ pc }: Side) =>
  pc
    .getTransceivers()
    .map(({ receiver, currentDirection }) => `${receiver.track.kind} ${currentDirection}`)

/** What the side sends, but its devices. */
const sentBeside = ({ pc, tracks }: Side) =>
  pc
    .getSenders()
    .map(({ track }) => track)
    .filter((track) => track !== null && track !== tracks.audio && track !== tracks.video)

/** The kinds of the tracks in the screen that arrives; undefined if none does. */
const arriving = ({ screen }: Side) =>
  (screen.mock.lastCall?.[0] as MediaStream | undefined)?.getTracks().map(({ kind }) => kind)

const lastState = ({ pc }: Side) => JSON.parse(pc.channel?.sent.at(-1) ?? '')

const DEVICES = ['audio sendrecv', 'video sendrecv']

describe('a screen', () => {
  it('has sections of its own, with sound, beside the camera', async () => {
    const [a, b] = await connect()
    const screen = screenOf()
    await share(a, screen)
    expect(lastState(a)).toMatchObject({ camera: true, screen: true, screenBeside: true })
    await negotiate(a, b)
    expect(sections(b)).toEqual([...DEVICES, 'audio recvonly', 'video recvonly'])
    expect(sentBeside(a)).toEqual([screen.tracks.audio, screen.tracks.video])
    expect(arriving(b)).toEqual(['audio', 'video'])
    expect(b.remoteTracks()).toHaveLength(2)
    expect(arriving(a)).toBeUndefined()
  })

  it('leaves idle sections, which the next one uses again', async () => {
    const [a, b] = await connect()
    await share(a, screenOf())
    await negotiate(a, b)
    await share(a, undefined)
    await negotiate(a, b)
    expect(sections(b)).toEqual([...DEVICES, 'audio inactive', 'video inactive'])
    expect(arriving(b)).toBeUndefined()
    await share(b, screenOf({ sound: false }))
    await negotiate(a, b)
    expect(sections(a)).toEqual([...DEVICES, 'audio inactive', 'video recvonly'])
    expect(arriving(a)).toEqual(['video'])
    expect(arriving(b)).toBeUndefined()
  })

  it('uses the sections that the screen of the other uses, too', async () => {
    const [a, b] = await connect()
    await share(a, screenOf())
    await negotiate(a, b)
    await share(b, screenOf())
    await negotiate(a, b)
    expect(sections(a)).toEqual([...DEVICES, 'audio sendrecv', 'video sendrecv'])
    expect([arriving(a), arriving(b)]).toEqual([
      ['audio', 'video'],
      ['audio', 'video'],
    ])
    await share(a, undefined)
    await negotiate(a, b)
    expect(arriving(a)).toEqual(['audio', 'video'])
    expect(arriving(b)).toBeUndefined()
  })

  it.each([
    ['with a camera', both()],
    ['without devices', none],
  ])('arrives when both share at the same moment, %s', async (_, tracks) => {
    const [a, b] = await connect(OWN_PAGE, tracks)
    await Promise.all([share(a, screenOf()), share(b, screenOf())])
    await negotiate(a, b)
    expect([arriving(a), arriving(b)]).toEqual([
      ['audio', 'video'],
      ['audio', 'video'],
    ])
    expect(b.directions().filter(([, direction]) => direction === 'sendrecv')).toHaveLength(
      tracks === none ? 2 : 4,
    )
    expect([sentBeside(a), sentBeside(b)].map(({ length }) => length)).toEqual([2, 2])
  })

  it('arrives when its offer collides with an ICE restart', async () => {
    const [a, b] = await connect()
    await share(b, screenOf())
    a.peer.restartIce([])
    await settle()
    await negotiate(a, b)
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable'])
    expect(arriving(a)).toEqual(['audio', 'video'])
    expect(sections(a)).toEqual([...DEVICES, 'audio recvonly', 'video recvonly'])
  })

  it('arrives after the first offers collided, which left transceivers over', async () => {
    const [a, b] = [new Side('offerer', none, clock), new Side('offerer', none, clock, true)]
    await settle()
    await negotiate(a, b)
    for (const side of [a, b]) {
      side.pc.channel?.open()
      tell(side, OWN_PAGE)
    }
    for (const side of [a, b]) {
      const other = side === a ? b : a
      await share(side, screenOf())
      await negotiate(a, b)
      expect(arriving(other)).toEqual(['audio', 'video'])
      expect(other.remoteTracks()).toEqual([])
      await share(side, undefined)
      await negotiate(a, b)
    }
    a.tracks = both()
    a.peer.updateTracks()
    await settle()
    await negotiate(a, b)
    expect(b.remoteTracks()).toHaveLength(2)
    expect(arriving(b)).toBeUndefined()
  })

  it('that is shared already arrives once the pages know each other', async () => {
    const a = new Side('offerer', both(), clock, false)
    const b = new Side('answerer', both(), clock, true)
    await share(a, screenOf())
    await negotiate(a, b)
    expect(sections(a)).toEqual(DEVICES)
    a.pc.channel?.open()
    expect(lastState(a)).toMatchObject({ camera: true, screen: false })
    tell(a, OWN_PAGE)
    await settle()
    expect(lastState(a)).toMatchObject({ camera: true, screen: true })
    await negotiate(a, b)
    expect(arriving(b)).toEqual(['audio', 'video'])
  })

  it.each([
    ['detail', 8, 'maintain-resolution'],
    ['motion', 30, 'balanced'],
  ])('of %s has limits of its own', async (contentHint, maxFramerate, degradationPreference) => {
    const [a, b] = await connect()
    a.peer.setVideoProfile(videoProfileFor(7))
    await share(a, screenOf({ contentHint }))
    await negotiate(a, b)
    const parameters = a.pc.getTransceivers().map(({ sender }) => sender.parameters)
    expect(parameters[3]).toMatchObject({
      encodings: [{ maxBitrate: 450_000, maxFramerate }],
      degradationPreference,
    })
    expect(parameters[1]?.encodings).toMatchObject([{ maxBitrate: 200_000, maxFramerate: 15 }])
  })

  it('is followed by a key frame when the path is back', async () => {
    const [a, b] = await connect()
    await share(a, screenOf())
    await negotiate(a, b)
    a.peer.sendKeyFrame()
    await settle()
    expect(a.pc.getSenders().map(({ keyFrames }) => keyFrames)).toEqual([0, 1, 0, 1])
  })

  it('has the second section of its kind where the peer offered none', async () => {
    const b = new Side('answerer', none, clock)
    const sdp = 'a=fingerprint:sha-256 A\nm=application 9 X\nm=audio 9 X\na=sendrecv\na=mid:0'
    await b.receive({ sdp: { type: 'offer', sdp } })
    tell(b, OWN_PAGE)
    await settle()
    const screen = screenOf()
    await share(b, screen)
    const videos = b.pc.getTransceivers().filter(({ receiver }) => receiver.track.kind === 'video')
    expect(videos.map(({ sender }) => sender.track)).toEqual([null, screen.tracks.video])
  })

  it('stays beside the camera, whatever the peer says of its page later', async () => {
    const [a, b] = await connect()
    const screen = screenOf()
    await share(a, screen)
    await negotiate(a, b)
    for (const page of [EARLIER_PAGE, OWN_PAGE, EARLIER_PAGE]) tell(a, page)
    await settle()
    expect(a.sent).toEqual([])
    expect(sentBeside(a)).toEqual([screen.tracks.audio, screen.tracks.video])
    expect(a.pc.getSenders()[1]?.track).toBe(a.tracks.video)
  })

  it('is not heard as the voice of whoever shares it', async () => {
    const [a, b] = await connect()
    await share(a, screenOf())
    await negotiate(a, b)
    const [voice, , sound] = b.pc.getTransceivers()
    if (sound) sound.audioLevel = 0.9
    expect(b.peer.audioLevel()).toBe(0)
    if (voice) voice.audioLevel = 0.4
    expect(b.peer.audioLevel()).toBe(0.4)
  })
})

describe('a screen replaces the camera', () => {
  it('for an earlier page', async () => {
    const [a] = await connect(EARLIER_PAGE)
    const screen = screenOf()
    await share(a, screen)
    expect(a.sent).toEqual([])
    expect(a.pc.getSenders().map(({ track }) => track)).toEqual([
      a.tracks.audio,
      screen.tracks.video,
    ])
    expect(lastState(a)).toMatchObject({ camera: true, screen: true })
    a.tracks = both()
    a.peer.updateTracks()
    await settle()
    expect(a.pc.getSenders()[1]?.track).toBe(screen.tracks.video)
    await share(a, undefined)
    expect(a.pc.getSenders()[1]?.track).toBe(a.tracks.video)
    expect(lastState(a)).toMatchObject({ camera: true, screen: false })
  })

  it('for a client without a data channel, at once', async () => {
    const b = new Side('answerer', both(), clock)
    const screen = screenOf()
    b.sharedScreen = screen
    const fingerprint = 'a=fingerprint:sha-256 OLD'
    const sdp = `${fingerprint}\nm=audio 9 X\na=sendrecv\nm=video 9 X\na=sendrecv`
    await b.receive({ sdp: { type: 'offer', sdp } })
    expect(b.pc.getSenders()[1]?.track).toBe(screen.tracks.video)
    expect(b.directions()).toHaveLength(2)
  })

  it('for a page that says nothing, until it does', async () => {
    const [a, b] = [new Side('offerer', both(), clock), new Side('answerer', both(), clock)]
    await settle()
    await negotiate(a, b)
    const screen = screenOf()
    await share(a, screen)
    a.pc.enterState('connected')
    await clock.advance(2900)
    expect(a.pc.getSenders()[1]?.track).toBe(a.tracks.video)
    await clock.advance(100)
    expect(a.pc.getSenders()[1]?.track).toBe(screen.tracks.video)
    tell(a, OWN_PAGE)
    await settle()
    await negotiate(a, b)
    expect(a.pc.getSenders()[1]?.track).toBe(a.tracks.video)
    expect(arriving(b)).toEqual(['audio', 'video'])
  })
})
