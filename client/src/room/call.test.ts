import { beforeEach, describe, expect, it, vi } from 'vitest'
import { IceServers } from '../rtc/ice-servers.ts'
import type { Description } from '../signaling/protocol.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import {
  asPeerConnection,
  asTrack,
  FakePeerConnection,
  FakeTrack,
  fakeStream,
} from '../testing/fake-peer-connection.ts'
import { FakeSignaling } from '../testing/fake-signaling.ts'
import { DescriptionMac } from '../trust/description-mac.ts'
import type { CallLink } from './call-link.ts'
import { Call } from './call.svelte.ts'

let server: FakeSignaling
let clock: FakeClock
let connections: FakePeerConnection[]
let call: Call
let mediaReady: Promise<void>
let iceResponse: () => Promise<Response>
let now: number
const setVideoProfile = vi.fn()

const key = Uint8Array.from({ length: 16 }, (_, index) => index)
const joinOptions = { name: 'Me', password: '' }
const offerOf = (fingerprint: string): Description => ({
  type: 'offer',
  sdp: `a=fingerprint:sha-256 ${fingerprint}\nm=application 9 X\nm=audio 9 X\na=sendrecv\nm=video 9 X\na=sendrecv`,
})
const answerOf = (fingerprint: string): Description => ({ ...offerOf(fingerprint), type: 'answer' })
const candidate = (name: string) => ({ candidate: { candidate: name, sdpMid: '0' } })
const last = () => connections.at(-1) as FakePeerConnection
const talking = {
  name: 'talking',
  signaling: 'connected',
  media: 'connected',
  others: 'online',
}

function newCall(link: CallLink): Call {
  const tracks = { audio: asTrack(new FakeTrack('audio')), video: asTrack(new FakeTrack('video')) }
  const deps = {
    openSignaling: server.open,
    createPeerConnection: (servers: RTCIceServer[]) => {
      connections.push(new FakePeerConnection(servers))
      return asPeerConnection(last())
    },
    createStream: fakeStream,
    iceServers: new IceServers(
      () => iceResponse(),
      () => now,
    ),
    clock,
    subtle: crypto.subtle,
  }
  return new Call(link, deps, {
    stream: fakeStream(),
    ready: () => mediaReady,
    tracks: () => tracks,
    mediaState: () => ({ muted: false, camera: true, screen: false }),
    setVideoProfile,
  })
}

beforeEach(() => {
  server = new FakeSignaling()
  clock = new FakeClock()
  connections = []
  mediaReady = Promise.resolve()
  now = 0
  iceResponse = async () => Response.json({ iceServers: [{ urls: 'turn:t.example' }] })
  call = newCall({ room: 'room', password: false })
})

async function receive(description: Description, from: string, mac?: string): Promise<void> {
  server.emit.message({ sdp: description, mac }, from)
  await vi.waitFor(settle)
  await settle()
}

async function join(peers: string[] = []): Promise<void> {
  call.join(joinOptions)
  server.emit.connected()
  server.giveSeat(peers)
  await settle()
}

/** Joins a call in which `them` are already, and connects to each. */
async function talk(...them: string[]): Promise<void> {
  const before = connections.length
  await join(them)
  for (const [index, id] of them.entries()) {
    await receive(answerOf(`OF ${id}`), id)
    connections[before + index]?.enterState('connected')
  }
  server.sent.length = 0
}

describe('joining', () => {
  it('goes from the pre-join page into the room', () => {
    expect(call.state).toEqual({ name: 'pre-join' })
    call.join(joinOptions)
    expect(call.state).toEqual({ name: 'entering', signaling: 'connecting' })
    expect(server.rooms).toEqual(['room'])
    server.emit.connected()
    expect(server.requests).toEqual([['enter', { capacity: 2, name: 'Me', proof: undefined }]])
    server.giveSeat([])
    expect(call.state).toEqual({ name: 'waiting', signaling: 'connected', lastToLeave: undefined })
  })

  it('asks for eight seats if the link was generated', () => {
    call = newCall({ room: 'room', password: false, key })
    call.join(joinOptions)
    server.emit.connected()
    expect(server.requests[0]?.[1].capacity).toBe(8)
  })

  it('reports that the server is unreachable, and goes on when it is not', () => {
    call.join(joinOptions)
    server.emit.unreachable()
    expect(call.state).toEqual({ name: 'entering', signaling: 'unreachable' })
    server.emit.connected()
    server.giveSeat([])
    expect(call.state.name).toBe('waiting')
  })

  it.each([
    ['full', { name: 'full', limit: 'seats' }],
    ['busy', { name: 'full', limit: 'rooms' }],
    ['invalid', { name: 'unavailable', reason: 'link-rejected' }],
    ['denied', { name: 'password', problem: 'wrong', wait: 0 }],
  ] as const)('ends if the answer is %s', (reason, state) => {
    call.join(joinOptions)
    server.emit.connected()
    server.emit.refused({ reason, retryAfter: 0 })
    expect(call.state).toEqual(state)
    expect(server.state).toBe('closed')
    call.join(joinOptions)
    expect(server.rooms).toHaveLength(2)
  })

  it('takes the ICE servers that come with the seat', async () => {
    await join(['them'])
    expect(last().configuration.iceServers).toEqual([{ urls: 'stun:s.example' }])
    expect(call.relay).toBe('none')
  })
})

describe('the one who joins', () => {
  it('makes an offer to each participant', async () => {
    await join(['one', 'two'])
    expect(server.descriptions.sort()).toEqual(['offer one', 'offer two'])
    expect(call.state).toEqual({ name: 'connecting', signaling: 'connected', media: 'connecting' })
    await receive(answerOf('ONE'), 'one')
    connections[0]?.enterState('connected')
    expect(call.state).toEqual(talking)
    expect(call.participants.map(({ id, connection }) => [id, connection])).toEqual([
      ['one', 'connected'],
      ['two', 'connecting'],
    ])
  })

  it('waits for the devices, but not long', async () => {
    mediaReady = new Promise(() => undefined)
    await join(['them'])
    await clock.advance(1499)
    expect(server.sent).toEqual([])
    await clock.advance(1)
    await settle()
    expect(server.descriptions).toEqual(['offer them'])
  })
})

describe('the one who is there', () => {
  it('waits for the offer and answers it', async () => {
    await join()
    server.emit.join('them', 'Ann')
    await settle()
    expect(call.state).toEqual({ name: 'connecting', signaling: 'connected', media: 'connecting' })
    expect(call.participants.map(({ name }) => name)).toEqual(['Ann'])
    expect(server.sent).toEqual([])
    await receive(offerOf('THEIRS'), 'them')
    expect(server.descriptions).toEqual(['answer them'])
  })

  it('offers if the other one does not', async () => {
    await join()
    server.emit.join('them', '')
    await clock.advance(5000)
    await settle()
    expect(server.descriptions).toEqual(['offer them'])
  })

  it('queues candidates that come before the offer', async () => {
    await join()
    server.emit.join('them', '')
    server.emit.message(candidate('early'), 'them')
    await receive(offerOf('THEIRS'), 'them')
    expect(last().candidates).toEqual([candidate('early').candidate])
  })

  it('ignores messages of clients that are not in the room', async () => {
    await join()
    await receive(offerOf('THEIRS'), 'stranger')
    expect([call.state.name, connections.length]).toEqual(['waiting', 0])
  })

  it('ignores an answer without an offer', async () => {
    await join()
    server.emit.join('them', '')
    await receive(answerOf('THEIRS'), 'them')
    expect(connections).toHaveLength(0)
  })
})

describe('colliding offers', () => {
  it.each([
    ['zoe', ['answer zoe']], // 'me' is smaller, so we are polite
    ['ann', []],
  ])('are resolved by id, with %s', async (them, sent) => {
    await join([them])
    server.sent.length = 0
    await receive(offerOf('THEIRS'), them)
    expect(server.descriptions).toEqual(sent)
  })

  it('do not yield to an old client, which yields itself', async () => {
    await join(['zoe'])
    server.sent.length = 0
    const { sdp } = offerOf('OLD')
    await receive({ type: 'offer', sdp: sdp.replace('m=application 9 X\n', '') }, 'zoe')
    expect(server.descriptions).toEqual([])
    await receive(answerOf('OLD'), 'zoe')
    last().enterState('connected')
    expect(call.state).toEqual(talking)
  })
})

describe('a participant', () => {
  it('that reloads the page gets a new connection', async () => {
    await talk('them')
    const before = last()
    await receive(offerOf('RELOADED'), 'them')
    expect(connections).toHaveLength(2)
    expect(before.connectionState).toBe('closed')
    expect(server.descriptions).toEqual(['answer them'])
  })

  it('gets a new offer if it answers one to its page before a reload', async () => {
    await talk('them')
    await receive(answerOf('RELOADED'), 'them')
    await settle()
    expect(connections).toHaveLength(2)
    expect(server.descriptions).toEqual(['offer them'])
  })

  it('is gone at once if it closed its connection', async () => {
    await talk('them')
    last().channel?.onclose?.()
    server.emit.bye('them')
    expect(call.state).toEqual({ name: 'waiting', signaling: 'connected', lastToLeave: '' })
    expect(call.participants).toEqual([])
  })

  it('is kept after `bye` as long as media arrives', async () => {
    await talk('them')
    server.emit.bye('them')
    for (let i = 0; i < 10; i++) {
      last().bytesReceived += 1000
      await clock.advance(500)
    }
    expect(call.state).toEqual({ ...talking, others: 'away' })
    await clock.advance(2000)
    expect(call.state).toEqual({ name: 'waiting', signaling: 'connected', lastToLeave: '' })
    expect(last().connectionState).toBe('closed')
  })

  it('is called again if it closed its connection without `bye`', async () => {
    await talk('them')
    last().channel?.onclose?.()
    expect(call.state.name).toBe('connecting')
    await clock.advance(5000)
    await settle()
    expect(server.descriptions).toEqual(['offer them'])
  })

  it('that leaves before it was connected is gone at once', async () => {
    await join()
    server.emit.join('them', '')
    await receive(offerOf('THEIRS'), 'them')
    server.emit.bye('them')
    expect(call.state).toEqual({ name: 'waiting', signaling: 'connected', lastToLeave: '' })
  })

  it('that leaves does not affect the others', async () => {
    await talk('one', 'two')
    connections[0]?.channel?.onclose?.()
    server.emit.bye('one')
    expect(call.state).toEqual(talking)
    expect(call.participants.map(({ id }) => id)).toEqual(['two'])
    expect(connections.map(({ connectionState }) => connectionState)).toEqual([
      'closed',
      'connected',
    ])
  })

  it('is away while it has no connection to the server', async () => {
    await talk('them')
    server.emit.away('them')
    expect(call.state).toEqual({ ...talking, others: 'away' })
    server.emit.back('them')
    expect(call.state).toEqual(talking)
  })

  it('that was away gets an offer again that it may have missed', async () => {
    await talk('them')
    server.emit.away('them')
    last().enterState('failed')
    await clock.advance(1000)
    await settle()
    expect(server.descriptions).toEqual(['offer them'])
    server.emit.back('them')
    await settle()
    expect(server.descriptions).toEqual(['offer them', 'offer them'])
    await receive(answerOf('OF them'), 'them')
    server.emit.away('them')
    server.emit.back('them')
    await settle()
    expect(server.descriptions).toHaveLength(2)
  })
})

describe('a lost connection to the server', () => {
  it('does not affect media', async () => {
    await talk('them')
    server.emit.disconnected()
    await clock.advance(60_000)
    expect(call.state).toEqual({ ...talking, signaling: 'disconnected' })
    expect(last().connectionState).toBe('connected')
  })

  it('is different from a restart', async () => {
    await talk('them')
    server.emit.restarting()
    server.emit.disconnected()
    expect(call.state).toMatchObject({ signaling: 'restarting' })
  })

  it('needs no offers if the participants are the same afterwards', async () => {
    await talk('them')
    server.emit.disconnected()
    server.emit.connected()
    server.giveSeat(['them'], { resumed: true })
    await settle()
    expect(call.state).toEqual(talking)
    expect([connections.length, server.sent.length]).toEqual([1, 0])
  })

  it('needs an ICE restart if media is lost as well', async () => {
    await talk('them')
    server.emit.disconnected()
    last().enterState('disconnected')
    server.emit.connected()
    server.giveSeat(['them'])
    await settle()
    expect(last().restarts).toBe(1)
    expect(server.descriptions).toEqual(['offer them'])
  })

  it('by a restart keeps the participants, who come back one by one', async () => {
    await talk('one', 'two')
    server.emit.disconnected()
    server.emit.connected()
    server.giveSeat([])
    expect(call.state).toEqual({ ...talking, others: 'away' })
    for (const id of ['one', 'two']) server.emit.join(id, '')
    for (let i = 0; i < 10; i++) await clock.advance(1000)
    expect(call.state).toEqual(talking)
    expect([connections.length, server.sent.length]).toEqual([2, 0])
  })

  it('is followed by an update of who is in the room', async () => {
    await talk('one', 'two')
    server.emit.disconnected()
    server.emit.connected()
    server.giveSeat([
      { id: 'two', name: 'Two', away: true },
      { id: 'new', name: 'New', away: false },
    ])
    await clock.advance(3000)
    await settle()
    expect(call.participants.map(({ name, seat }) => [name, seat])).toEqual([
      ['Two', 'away'],
      ['New', 'online'],
    ])
    expect(server.descriptions).toEqual(['offer new'])
  })

  it('may be followed by a refusal: we retry until we get in', async () => {
    await talk('them')
    server.emit.disconnected()
    server.emit.connected()
    server.emit.refused({ reason: 'full', retryAfter: 0 })
    expect(call.state.name).toBe('talking')
    const before = server.requests.length
    await clock.advance(3000)
    expect(server.requests).toHaveLength(before + 1)
  })

  it('is followed by new connections if we get another id', async () => {
    await talk('them')
    server.emit.connected()
    server.giveSeat(['them'], { id: 'me too' })
    await settle()
    expect(connections.map(({ connectionState }) => connectionState)).toEqual(['closed', 'new'])
  })
})

describe('a seat that another page took', () => {
  it('ends the call here', async () => {
    await talk('them')
    server.emit.moved()
    expect(call.state).toEqual({ name: 'left', reason: 'moved' })
    expect(last().connectionState).toBe('closed')
  })
})

describe('a media connection', () => {
  it('that fails is restarted with fresh ICE servers', async () => {
    await talk('them')
    iceResponse = async () => Response.json({ iceServers: [{ urls: 'turn:new.example' }] })
    now += 60_000
    last().enterState('failed')
    await clock.advance(1000)
    await settle()
    expect(call.state).toMatchObject({ name: 'talking', media: 'reconnecting' })
    expect(last().configuration.iceServers).toEqual([{ urls: 'turn:new.example' }])
    expect([last().restarts, server.reconnects]).toEqual([1, 1])
    last().enterState('connected')
    expect(call.state).toMatchObject({ name: 'talking', media: 'connected' })
  })

  it('sends a key frame once it is restored', async () => {
    await talk('them')
    const sender = last().getTransceivers()[1]?.sender
    last().enterState('disconnected')
    await settle()
    expect(sender?.keyFrames).toBe(0)
    last().enterState('connected')
    await settle()
    expect(sender?.keyFrames).toBe(1)
  })

  it('that is never established counts as failing', async () => {
    await join()
    server.emit.join('them', '')
    await receive(offerOf('THEIRS'), 'them')
    await clock.advance(20_000)
    expect(call.state).toEqual({ name: 'connecting', signaling: 'connected', media: 'failing' })
  })

  it('is restarted when the network changes', async () => {
    await talk('one', 'two')
    call.reconnect()
    await settle()
    expect(connections.map(({ restarts }) => restarts)).toEqual([1, 1])
    expect(server.reconnects).toBeGreaterThan(0)
  })

  it('is restarted once if the browser reports a change twice', async () => {
    await talk('them')
    call.reconnect()
    call.reconnect()
    await settle()
    expect(last().restarts).toBe(1)
  })

  it('is not restarted without a network, but signaling is checked', async () => {
    await talk('them')
    call.checkConnection()
    await settle()
    expect([last().restarts, server.reconnects]).toEqual([0, 1])
  })

  it('is restarted at once after a reconnect, with the ICE servers that came with the seat', async () => {
    await talk('them')
    iceResponse = () => new Promise(() => undefined) // the network is gone
    last().enterState('disconnected')
    server.emit.connected()
    server.giveSeat(['them'], { iceServers: [{ urls: 'turn:new.example' }] })
    await settle()
    expect(last().restarts).toBe(1)
    expect(last().configuration.iceServers).toEqual([{ urls: 'turn:new.example' }])
  })
})

describe('the video profile', () => {
  it('follows the number of participants', async () => {
    await talk('one', 'two')
    expect(setVideoProfile).toHaveBeenLastCalledWith(expect.objectContaining({ height: 540 }))
    await settle()
    const sender = connections[0]?.getTransceivers()[1]?.sender
    expect(sender?.parameters.encodings[0]?.maxBitrate).toBe(1_000_000)
    connections[1]?.channel?.onclose?.()
    server.emit.bye('two')
    await settle()
    expect(sender?.parameters.encodings[0]?.maxBitrate).toBe(2_000_000)
  })
})

describe('the active speaker', () => {
  it('is silent once muted, although the browser reports the last level for seconds', async () => {
    await talk('one', 'two')
    const [one] = connections
    const audio = one?.getTransceivers()[0]
    if (!audio) throw new Error('no audio')
    audio.audioLevel = 0.5
    await clock.advance(250)
    expect(call.activeSpeaker).toBe('one')
    one?.channel?.onmessage?.({ data: '{"muted":true,"camera":true}' })
    await clock.advance(1500)
    expect(call.activeSpeaker).toBeUndefined()
  })
})

describe('a call with a key', () => {
  const descriptionMac = new DescriptionMac(crypto.subtle, 'room', [key])
  beforeEach(() => {
    call = newCall({ room: 'room', password: false, key })
  })

  it('is verified where both have it', async () => {
    await join(['them'])
    await vi.waitFor(() => expect(server.descriptions).toEqual(['offer them']))
    const sent = server.sent[0]?.payload
    if (!sent || !('sdp' in sent)) throw new Error('no offer')
    expect(await descriptionMac.verify(sent.sdp, sent.mac, 'me', 'them')).toBe(true)
    const answer = answerOf('THEIRS')
    await receive(answer, 'them', await descriptionMac.sign(answer, 'them', 'me'))
    await vi.waitFor(() => expect(call.participants[0]?.verification).toEqual({ name: 'verified' }))
  })

  it.each(['missing', 'of another'])('rejects a description whose MAC is %s', async (which) => {
    await join()
    server.emit.join('them', '')
    const mac =
      which === 'missing' ? undefined : await descriptionMac.sign(offerOf('OTHER'), 'them', 'me')
    await receive(offerOf('THEIRS'), 'them', mac)
    await vi.waitFor(() => expect(call.participants[0]?.verification).toEqual({ name: 'failed' }))
    expect(call.state).toEqual({ name: 'connecting', signaling: 'connected', media: 'rejected' })
    expect(connections).toHaveLength(0)
    expect(server.sent).toEqual([{ payload: { refused: true }, to: 'them' }])
    await clock.advance(30_000)
    expect(call.state).toEqual({ name: 'connecting', signaling: 'connected', media: 'rejected' })
    expect([connections.length, server.sent.length]).toEqual([0, 1])
  })

  it('is closed if the other side rejected our description', async () => {
    await join(['them'])
    await vi.waitFor(() => expect(server.sent).toHaveLength(1))
    server.emit.message({ refused: true }, 'them')
    await vi.waitFor(() => expect(call.participants[0]?.connection).toBe('rejected'))
    expect(call.participants[0]?.verification).toEqual({ name: 'failed' })
    expect(last().connectionState).toBe('closed')
    expect(server.sent).toHaveLength(1)
  })

  it('closes the connection if the answer is forged', async () => {
    await join(['them'])
    await vi.waitFor(() => expect(server.sent).toHaveLength(1))
    await receive(answerOf('FORGED'), 'them')
    await vi.waitFor(() => expect(call.participants[0]?.connection).toBe('rejected'))
    expect(last().connectionState).toBe('closed')
    expect(last().remoteDescription).toBeNull()
    server.sent.length = 0
    call.reconnect()
    await vi.waitFor(() => expect(server.descriptions).toEqual(['offer them']))
    expect(call.participants[0]?.verification).toEqual({ name: 'pending' })
  })
})

describe('a call without a key', () => {
  it('has a security code', async () => {
    await talk('them')
    await vi.waitFor(() => expect(call.participants[0]?.verification.name).toBe('code'))
  })

  it('ignores `refused`', async () => {
    await talk('them')
    server.emit.message({ refused: true }, 'them')
    await settle()
    expect(call.state).toEqual(talking)
  })
})

describe('a password', () => {
  beforeEach(() => {
    call = newCall({ room: 'pw-room', password: true, key })
  })

  async function tryPassword(password: string): Promise<void> {
    const before = server.rooms.length
    call.join({ name: '', password })
    await vi.waitFor(() => expect(server.rooms).toHaveLength(before + 1), { timeout: 10_000 })
    server.emit.connected()
  }

  it('is asked for, and proven to the server', async () => {
    expect(call.state.name).toBe('password')
    await tryPassword('right')
    const options = server.requests[0]?.[1]
    expect(options?.proof).toMatch(/^[\w-]{43}$/)
    server.giveSeat([])
    server.emit.disconnected()
    server.emit.connected()
    expect(server.requests.at(-1)?.[1]).toEqual(options)
    call.leave()
    call.join({ name: '', password: '' })
    server.emit.connected()
    expect(server.requests.at(-1)?.[1]).toEqual(options)
  })

  it('that is wrong is asked for again, after a while if there were too many', async () => {
    await tryPassword('wrong')
    server.emit.refused({ reason: 'denied', retryAfter: 9 })
    expect(call.state).toEqual({ name: 'password', problem: 'wrong', wait: 9 })
    await clock.advance(9000)
    expect(call.state).toEqual({ name: 'password', problem: 'wrong', wait: 0 })
  })

  it('has no effect once the user has left', async () => {
    call.join({ name: '', password: 'right' })
    call.leave()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect([server.rooms.length, call.state.name]).toEqual([0, 'left'])
  })
})

describe('a locked room', () => {
  it('is entered by a knock that is admitted', async () => {
    call.join(joinOptions)
    server.emit.connected()
    server.emit.refused({ reason: 'locked', retryAfter: 0 })
    expect(call.state).toEqual({ name: 'locked' })
    call.knock()
    expect(call.state).toEqual({ name: 'knocking' })
    expect(server.requests.at(-1)?.[0]).toBe('knock')
    server.emit.disconnected()
    server.emit.connected()
    expect(server.requests.map(([what]) => what)).toEqual(['enter', 'knock', 'knock'])
    await clock.advance(1001)
    server.emit.admitted()
    expect(server.requests.at(-1)?.[0]).toBe('enter')
    server.giveSeat([], { locked: true })
    expect([call.state.name, call.lockStatus]).toEqual(['waiting', 'locked'])
  })

  it('is not entered after a restart before the participants are back', async () => {
    call.join(joinOptions)
    server.emit.connected()
    server.emit.refused({ reason: 'locked', retryAfter: 0 })
    call.knock()
    server.emit.disconnected()
    server.emit.connected()
    server.emit.admitted() // at once: by a server that has forgotten the lock
    const asked = () => server.requests.map(([what]) => what).join(' ')
    expect([call.state.name, asked()]).toEqual(['knocking', 'enter knock knock'])
    await clock.advance(14_999)
    expect(asked()).toBe('enter knock knock')
    await clock.advance(1)
    expect(asked()).toBe('enter knock knock knock')
    server.emit.admitted()
    expect(asked()).toBe('enter knock knock knock enter')
  })

  it('is not entered then by a client that has not knocked yet either', async () => {
    call.join(joinOptions)
    server.emit.connected()
    server.emit.refused({ reason: 'locked', retryAfter: 0 })
    server.emit.disconnected()
    server.emit.connected()
    expect(call.state).toEqual({ name: 'locked' })
    await clock.advance(5000)
    call.knock()
    server.emit.admitted()
    const asked = () => server.requests.map(([what]) => what).join(' ')
    expect(asked()).toBe('enter knock')
    await clock.advance(10_000)
    expect(asked()).toBe('enter knock knock')
  })

  it('that is unlocked only for a moment gets another knock', () => {
    call.join(joinOptions)
    server.emit.connected()
    server.emit.refused({ reason: 'locked', retryAfter: 0 })
    call.knock()
    server.emit.admitted()
    server.emit.refused({ reason: 'locked', retryAfter: 0 })
    expect(call.state).toEqual({ name: 'knocking' })
    expect(server.requests.map(([what]) => what)).toEqual(['enter', 'knock', 'enter', 'knock'])
  })

  it('reports the knocks to participants who come back', async () => {
    const ann = { id: 'k1', name: 'Ann' }
    await join()
    server.emit.locked(true)
    server.emit.knock('k0', 'Zoe')
    server.emit.disconnected()
    server.emit.connected()
    server.giveSeat([], { resumed: true, locked: true, knocks: [ann] })
    expect(call.knocks).toEqual([ann])
  })

  it('may deny a knock', () => {
    call.join(joinOptions)
    server.emit.refused({ reason: 'locked', retryAfter: 0 })
    call.knock()
    server.emit.denied()
    expect(call.state).toEqual({ name: 'denied' })
    expect(server.state).toBe('closed')
  })

  it('has knocks that participants answer', async () => {
    await talk('them')
    call.setLocked(true)
    expect(server.locks).toEqual([true])
    server.emit.locked(true)
    expect(call.lockStatus).toBe('locked')
    server.emit.knock('k1', 'Ann')
    server.emit.knock('k2', '')
    expect(call.knocks).toEqual([
      { id: 'k1', name: 'Ann' },
      { id: 'k2', name: '' },
    ])
    for (const knock of call.knocks) call.answerKnock(knock, knock.name === 'Ann')
    expect(server.knockAnswers).toEqual(['admit k1', 'deny k2'])
    server.emit.unknock('k1')
    expect(call.knocks.map(({ id }) => id)).toEqual(['k2'])
  })

  it('is locked again after a restart, once the participants are back', async () => {
    await talk('them')
    server.emit.locked(true)
    server.emit.disconnected()
    server.emit.connected()
    server.giveSeat([])
    expect([call.lockStatus, server.locks]).toEqual(['relocking', []])
    server.emit.join('them', '')
    expect(server.locks).toEqual([true])
  })

  it('is locked again after a restart, even if a participant stays away', async () => {
    await talk('them')
    server.emit.locked(true)
    server.emit.connected()
    server.giveSeat([])
    last().bytesReceived = 1
    await clock.advance(12_000)
    expect(server.locks).toEqual([true])
  })

  it('is locked again at once after a restart if nobody else was inside', async () => {
    await join()
    server.emit.locked(true)
    server.emit.connected()
    server.giveSeat([])
    await clock.advance(0)
    expect(server.locks).toEqual([true])
  })

  it('stays unlocked if it was unlocked while we were away', async () => {
    await talk('them')
    server.emit.locked(true)
    server.emit.connected()
    server.giveSeat(['them'], { resumed: true })
    await clock.advance(20_000)
    expect([call.lockStatus, server.locks]).toEqual(['unlocked', []])
  })
})

describe('hanging up', () => {
  it('closes everything for good', async () => {
    await talk('one', 'two')
    call.leave()
    expect(call.state).toEqual({ name: 'left', reason: 'hung-up' })
    expect(connections.map(({ connectionState }) => connectionState)).toEqual(['closed', 'closed'])
    expect(server.state).toBe('closed')
    await clock.advance(60_000)
    expect(last().restarts).toBe(0)
  })

  it('while a connection is created leaves none open', async () => {
    call.join(joinOptions)
    server.emit.connected()
    server.giveSeat(['them'])
    call.leave()
    await settle()
    expect(connections.map(({ connectionState }) => connectionState)).toEqual(['closed'])
    expect(server.sent).toEqual([])
  })

  it('can be followed by joining again', async () => {
    await talk('them')
    call.leave()
    await talk('them')
    expect(call.state.name).toBe('talking')
    expect(connections).toHaveLength(2)
  })
})
