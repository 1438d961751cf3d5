import { beforeEach, describe, expect, it, vi } from 'vitest'
import { answerOf, CallTest, offerOf, talking } from '../../testing/call-test.ts'
import { settle } from '../../testing/fake-clock.ts'
import { asTrack, FakeTrack, fakeStream } from '../../testing/fake-peer-connection.ts'
import type { CallLink } from '../room/call-link.ts'
import { CODE_TIMEOUT } from '../trust/connection-checks.ts'
import { JoinedCall } from './joined-call.ts'

let t: CallTest
let page: EventTarget
let call: JoinedCall
/** What the listeners of the call were told, in order. */
let told: string[]

function open(link: CallLink = { room: 'room', password: false }): void {
  call = new JoinedCall(link, { ...t.newDeps(), page })
  told = []
  call.on('state', ({ name }) => told.push(name))
  call.on('joined', ({ id }) => told.push(`joined ${id}`))
  call.on('left', ({ id }) => told.push(`left ${id}`))
  call.on('stream', ({ id }) => told.push(`stream ${id}`))
  call.on('knock', ({ name }) => told.push(`knock ${name}`))
  call.on('message', (message, { id }) => told.push(`${id}: ${JSON.stringify(message)}`))
}

/** Joins a room in which these are already. */
async function join(...peers: string[]): Promise<void> {
  call.join({ name: 'Me' })
  await settle()
  t.server.emit.connected()
  t.server.giveSeat(peers)
  await settle()
}

/** The same, and connects to the last one. */
async function talk(...peers: string[]): Promise<void> {
  await join(...peers)
  await t.receive(answerOf('OF bo'), peers.at(-1) ?? '')
  t.lastConnection.enterState('connected')
  t.lastConnection.channel?.open()
  await settle()
}

/** The last that the others were told of our media. */
const stateTold = () =>
  JSON.parse(t.lastConnection.channel?.sent.findLast((data) => data.includes('muted')) ?? '{}')
const hear = (message: object) =>
  t.lastConnection.channel?.onmessage?.({ data: JSON.stringify(message) })

beforeEach(() => {
  t = new CallTest()
  page = new EventTarget()
  open()
})

describe('what is told', () => {
  it('are states, participants and their streams', async () => {
    await talk('bo')
    expect(call.state).toEqual(talking)
    expect(call.participants[0]?.stream).toBeDefined()
    t.server.emit.join('cy', 'Cy')
    await settle()
    t.server.emit.bye('cy')
    await settle()
    expect(told.filter((what) => what !== 'stream bo')).toEqual([
      'entering',
      'connecting',
      'joined bo',
      'talking',
      'joined cy',
      'left cy',
    ])
    expect(told).toContain('stream bo')
  })

  it('comes together, and a last time after we left', async () => {
    const change = vi.fn()
    call.on('change', change)
    await join('bo', 'cy')
    change.mockClear()
    call.leave()
    await settle()
    expect(change).toHaveBeenCalledOnce()
    expect(told.slice(-3)).toEqual(['left', 'left bo', 'left cy'])
    expect(t.server.state).toBe('closed')
  })

  it('is not told to those who do not listen any more', async () => {
    const change = vi.fn()
    const stop = call.on('change', change)
    stop()
    await join()
    expect(change).not.toHaveBeenCalled()
  })

  it('goes on after a listener that fails', async () => {
    const error = vi.spyOn(console, 'error').mockReturnValue()
    const change = vi.fn()
    call.on('change', () => {
      throw new Error('odd')
    })
    call.on('change', change)
    await join()
    expect(change).toHaveBeenCalled()
    expect(error).toHaveBeenCalled()
    error.mockRestore()
  })

  it('are knocks, which are answered', async () => {
    await join()
    t.server.emit.locked(true)
    t.server.emit.knock('k1', 'Ann')
    t.server.emit.knock('k2', 'Mal')
    await settle()
    expect([call.lockStatus, ...told.slice(-2)]).toEqual(['locked', 'knock Ann', 'knock Mal'])
    const [ann, mal] = call.knocks
    if (ann) call.admit(ann)
    if (mal) call.deny(mal)
    expect(t.server.knockAnswers).toEqual(['admit k1', 'deny k2'])
    call.setLocked(false)
    expect(t.server.locks).toEqual([false])
  })
})

describe('joining', () => {
  it('asks for the password of a call that has one', async () => {
    open({ room: 'pw-secret', password: true })
    call.join()
    await settle()
    expect(call.state).toEqual({ name: 'password', problem: 'none', wait: 0 })
    call.join({ password: 'right' })
    await vi.waitFor(() => expect(t.server.rooms).toHaveLength(1), 20_000)
    t.server.emit.connected()
    expect(t.server.requests[0]?.[1].proof).toMatch(/^[\w-]{43}$/)
  })

  it('knocks again at a call that turned us away', async () => {
    call.join({ name: 'Me', knock: true })
    await settle()
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    t.server.emit.denied()
    expect(call.state).toEqual({ name: 'denied' })
    call.knock()
    await settle()
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    expect(call.state).toEqual({ name: 'knocking' })
  })

  it('knocks at a locked call when it is told to', async () => {
    call.join({ name: 'Me' })
    await settle()
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    expect(call.state).toEqual({ name: 'locked' })
    call.knock()
    expect(call.state).toEqual({ name: 'knocking' })
    expect(t.server.requests.at(-1)).toMatchObject(['knock', { name: 'Me' }])
  })

  it('is possible again, under the same name, and not twice at once', async () => {
    await join()
    call.join()
    call.leave()
    call.join()
    call.join()
    await settle()
    t.server.emit.connected()
    expect(t.server.rooms).toHaveLength(2)
    expect(t.server.requests.at(-1)).toMatchObject(['enter', { name: 'Me' }])
  })

  it('does not go on once we left', async () => {
    call.join()
    call.leave()
    await settle()
    expect(call.state).toEqual({ name: 'left', reason: 'hung-up' })
    expect(t.server.rooms).toEqual([])
  })

  it('ends when the page goes away, and only then is the page listened to', async () => {
    page.dispatchEvent(new Event('pagehide'))
    expect(call.state).toEqual({ name: 'pre-join' })
    await join()
    page.dispatchEvent(new Event('online'))
    page.dispatchEvent(new Event('offline'))
    expect(t.server.reconnects).toBe(2)
    page.dispatchEvent(new Event('pagehide'))
    expect(t.server.state).toBe('closed')
    page.dispatchEvent(new Event('online'))
    expect(t.server.reconnects).toBe(2)
  })
})

describe('media', () => {
  const audio = new FakeTrack('audio')
  const video = new FakeTrack('video')
  const media = fakeStream([asTrack(audio), asTrack(video)])

  const sent = () =>
    t.lastConnection.getTransceivers().map(({ sender }) => sender.track as FakeTrack | null)

  it('are sent from the beginning, and others later', async () => {
    call.setMedia(media)
    await talk('bo')
    expect(sent()).toEqual([audio, video])
    const other = new FakeTrack('video')
    call.setMedia(fakeStream([asTrack(other)]))
    await settle()
    expect(sent()).toEqual([null, other])
    expect(stateTold()).toMatchObject({ muted: true, camera: true })
  })

  it('are none for somebody who only listens', async () => {
    await talk('bo')
    expect(sent()).toEqual([null, null])
    expect(stateTold()).toMatchObject({ muted: true, camera: false, screen: false })
  })

  it('are muted, and the camera is off, as others are told', async () => {
    call.setMedia(media)
    await talk('bo')
    call.setMuted(true)
    call.setCamera(false)
    await settle()
    expect([audio.enabled, ...sent()]).toEqual([false, audio, null])
    expect(stateTold()).toMatchObject({ muted: true, camera: false })
    call.setMuted(false)
    call.setCamera(true)
    await settle()
    expect([audio.enabled, ...sent()]).toEqual([true, audio, video])
    expect(stateTold()).toMatchObject({ muted: false, camera: true })
  })

  it('stay muted when the microphone is another one', () => {
    const other = new FakeTrack('audio')
    call.setMuted(true)
    call.setMedia(fakeStream([asTrack(other)]))
    expect(other.enabled).toBe(false)
  })

  it('that end by themselves are not sent any more', async () => {
    const unplugged = new FakeTrack('video')
    call.setMedia(fakeStream([asTrack(audio), asTrack(unplugged)]))
    await talk('bo')
    unplugged.end()
    await settle()
    expect(sent()).toEqual([audio, null])
    expect(stateTold()).toMatchObject({ muted: false, camera: false })
  })

  it('have the screen beside the camera', async () => {
    const screen = new FakeTrack('video')
    call.setMedia(media)
    await talk('bo')
    hear({ muted: false, camera: true, screenBeside: true })
    call.setScreen(fakeStream([asTrack(screen)]))
    await settle()
    expect(sent()).toEqual([audio, video, screen])
    expect(stateTold()).toMatchObject({ camera: true, screen: true })
    screen.end()
    await settle()
    expect(stateTold()).toMatchObject({ camera: true, screen: false })
  })

  it('are not stopped with the call', async () => {
    call.setMedia(media)
    await talk('bo')
    call.leave()
    expect([audio.readyState, video.readyState]).toEqual(['live', 'live'])
  })
})

describe('messages', () => {
  const said = () =>
    (t.lastConnection.channel?.sent ?? []).filter((data) => !/muted|commit|reveal/.test(data))

  it('are neither said nor heard before the checks are over', async () => {
    await talk('bo')
    call.send({ hello: 1 })
    hear({ hello: 2 })
    await settle()
    expect(said()).toEqual([])
    expect(told.join()).not.toContain('hello')
    await vi.waitFor(
      () => expect(t.lastConnection.channel?.sent.join()).toContain('commit'),
      20_000,
    )
    await t.clock.advance(CODE_TIMEOUT)
    expect(said()).toEqual(['{"hello":1}'])
    expect(told).toContain('bo: {"hello":2}')
    call.send({ hello: 3 }, call.participants[0])
    hear({ hello: 4 })
    expect(said()).toEqual(['{"hello":1}', '{"hello":3}'])
    expect(told).toContain('bo: {"hello":4}')
  })

  it('wait only as far as they are few', async () => {
    await talk('bo')
    for (let n = 0; n < 99; n++) hear({ n })
    hear({ text: 'x'.repeat(60_000) })
    await vi.waitFor(
      () => expect(t.lastConnection.channel?.sent.join()).toContain('commit'),
      20_000,
    )
    await t.clock.advance(CODE_TIMEOUT)
    expect(told.filter((what) => what.startsWith('bo: '))).toHaveLength(64)
    hear({ n: 100 })
    expect(told.at(-1)).toBe('bo: {"n":100}')
  })

  it('wait only as far as they are short', async () => {
    await talk('bo')
    for (let n = 0; n < 9; n++) hear({ text: 'x'.repeat(60_000) })
    await vi.waitFor(
      () => expect(t.lastConnection.channel?.sent.join()).toContain('commit'),
      20_000,
    )
    await t.clock.advance(CODE_TIMEOUT)
    expect(told.filter((what) => what.startsWith('bo: '))).toHaveLength(4)
  })

  it('are not heard over a connection that was refused', async () => {
    await talk('bo')
    hear({ hello: 1 })
    t.server.emit.message({ refused: true }, 'bo')
    await settle()
    await t.clock.advance(CODE_TIMEOUT)
    call.send({ hello: 2 })
    expect(call.participants[0]?.connection).toBe('rejected')
    expect(said()).toEqual([])
    expect(told.join()).not.toContain('hello')
  })

  it('are not heard over another connection than the one that was checked', async () => {
    await talk('bo')
    hear({ hello: 1 })
    await t.receive(offerOf('ANOTHER'), 'bo')
    t.lastConnection.enterState('connected')
    t.lastConnection.channel?.open()
    await vi.waitFor(
      () => expect(t.lastConnection.channel?.sent.join()).toContain('commit'),
      20_000,
    )
    await t.clock.advance(CODE_TIMEOUT)
    expect(call.participants[0]?.verification.name).toBe('unavailable')
    expect(told.join()).not.toContain('hello')
  })

  it('are refused if they would be taken for the kit’s own, or are too long', async () => {
    await join()
    expect(() => call.send({ muted: true })).toThrow('cannot have a field "muted"')
    expect(() => call.send({ text: 'x'.repeat(70_000) })).toThrow('at most 65536')
  })
})

describe('the streams of a page', () => {
  const microphone = () => new FakeTrack('audio')
  const streamOf = (track: FakeTrack) => fakeStream([asTrack(track)])

  it('stay as quiet as the page made them', async () => {
    const track = microphone()
    track.enabled = false
    call.setMedia(streamOf(track))
    await talk('bo')
    expect(track.enabled).toBe(false)
    expect(stateTold()).toMatchObject({ muted: true })
    call.setMuted(true)
    call.setMuted(false)
    expect(track.enabled).toBe(false)
  })

  it('are given back as they were', async () => {
    const track = microphone()
    call.setMedia(streamOf(track))
    await talk('bo')
    call.setMuted(true)
    expect(track.enabled).toBe(false)
    call.leave()
    expect(track.enabled).toBe(true)
    await join('bo')
    expect(track.enabled).toBe(false)
    call.setMedia(undefined)
    expect(track.enabled).toBe(true)
  })

  it('are not watched when the call is over', async () => {
    const track = microphone()
    const added = vi.spyOn(track, 'addEventListener')
    call.setMedia(streamOf(track))
    await talk('bo')
    const signals = added.mock.calls.map(
      ([, , options]) => (options as { signal?: AbortSignal } | undefined)?.signal,
    )
    expect(signals.length).toBeGreaterThan(0)
    call.leave()
    expect(signals.every((signal) => signal?.aborted)).toBe(true)
  })
})

describe('a message', () => {
  it('is what it was when it was sent', async () => {
    await talk('bo')
    const message: Record<string, unknown> = { n: 1 }
    call.send(message)
    message['muted'] = true
    await vi.waitFor(
      () => expect(t.lastConnection.channel?.sent.join()).toContain('commit'),
      20_000,
    )
    await t.clock.advance(CODE_TIMEOUT)
    expect(t.lastConnection.channel?.sent).toContain('{"n":1}')
  })
})
