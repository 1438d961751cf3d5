import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ManualClock, settle } from '../testing/fake-clock.ts'
import {
  asConnection,
  asTrack,
  FakeConnection,
  FakeTrack,
  fakeStream,
} from '../testing/fake-peer-connection.ts'
import { FakeSignaling } from '../testing/fake-signaling.ts'
import { IceServers } from '../rtc/ice-servers.ts'
import type { Address } from './call-link.ts'
import type { Description } from '../signaling/protocol.ts'
import { Seal } from '../trust/description-mac.ts'
import { Call } from './call.svelte.ts'

let server: FakeSignaling
let clock: ManualClock
let connections: FakeConnection[]
let call: Call
let mediaReady: Promise<void>
let iceAnswer: () => Promise<Response>
let now: number
const shape = vi.fn()

const key = Uint8Array.from({ length: 16 }, (_, index) => index)
const introduction = { name: 'Me', password: '' }
const offerOf = (fingerprint: string): Description => ({
  type: 'offer',
  sdp: `a=fingerprint:sha-256 ${fingerprint}\nm=application 9 X\nm=audio 9 X\na=sendrecv\nm=video 9 X\na=sendrecv`,
})
const answerOf = (fingerprint: string): Description => ({ ...offerOf(fingerprint), type: 'answer' })
const candidate = (name: string) => ({ candidate: { candidate: name, sdpMid: '0' } })
const last = () => connections.at(-1) as FakeConnection
const talking = { name: 'talking', line: 'up', path: 'open', other: 'here' }

function newCall(address: Address): Call {
  const tracks = { audio: asTrack(new FakeTrack('audio')), video: asTrack(new FakeTrack('video')) }
  const world = {
    openSignaling: server.open,
    createPeerConnection: (servers: RTCIceServer[]) => {
      connections.push(new FakeConnection(servers))
      return asConnection(last())
    },
    createStream: fakeStream,
    iceServers: new IceServers(
      () => iceAnswer(),
      () => now,
    ),
    clock,
    subtle: crypto.subtle,
  }
  return new Call(address, world, {
    outgoing: fakeStream(),
    ready: () => mediaReady,
    tracks: () => tracks,
    presence: () => ({ muted: false, camera: true, screen: false }),
    shape,
  })
}

beforeEach(() => {
  server = new FakeSignaling()
  clock = new ManualClock()
  connections = []
  mediaReady = Promise.resolve()
  now = 0
  iceAnswer = async () => Response.json({ iceServers: [{ urls: 'turn:t.example' }] })
  call = newCall({ room: 'room', password: false })
})

async function hear(description: Description, from: string, mac?: string): Promise<void> {
  server.says.message({ sdp: description, mac }, from)
  await vi.waitFor(settle)
  await settle()
}

async function enter(peers: string[] = []): Promise<void> {
  call.enter(introduction)
  server.says.online()
  server.seats(peers)
  await settle()
}

/** In a call with `them`, whom we have found in the room. */
async function talk(...them: string[]): Promise<void> {
  const before = connections.length
  await enter(them)
  for (const [index, id] of them.entries()) {
    await hear(answerOf(`OF ${id}`), id)
    connections[before + index]?.become('connected')
  }
  server.sent.length = 0
}

describe('entering', () => {
  it('goes from the lobby into the room', () => {
    expect(call.state).toEqual({ name: 'lobby' })
    call.enter(introduction)
    expect(call.state).toEqual({ name: 'entering', server: 'dialing' })
    expect(server.rooms).toEqual(['room'])
    server.says.online()
    expect(server.asked).toEqual([['enter', { capacity: 2, name: 'Me', proof: undefined }]])
    server.seats([])
    expect(call.state).toEqual({ name: 'waiting', line: 'up', since: 'start' })
  })

  it('asks for eight seats where the link was made here', () => {
    call = newCall({ room: 'room', password: false, key })
    call.enter(introduction)
    server.says.online()
    expect(server.asked[0]?.[1].capacity).toBe(8)
  })

  it('says when the server does not answer, and goes on when it does', () => {
    call.enter(introduction)
    server.says.unreachable()
    expect(call.state).toEqual({ name: 'entering', server: 'unreachable' })
    server.says.online()
    server.seats([])
    expect(call.state.name).toBe('waiting')
  })

  it.each([
    ['full', { name: 'full', of: 'seats' }],
    ['busy', { name: 'full', of: 'rooms' }],
    ['invalid', { name: 'impossible', obstacle: 'room-refused' }],
    ['denied', { name: 'password', problem: 'wrong', wait: 0 }],
  ] as const)('ends where the room is %s', (reason, state) => {
    call.enter(introduction)
    server.says.online()
    server.says.refused({ reason, retryAfter: 0 })
    expect(call.state).toEqual(state)
    expect(server.state).toBe('closed')
    call.enter(introduction)
    expect(server.rooms).toHaveLength(2)
  })

  it('takes the ICE servers that come with the seat', async () => {
    await enter(['them'])
    expect(last().configuration.iceServers).toEqual([{ urls: 'stun:s.example' }])
    expect(call.relay).toBe('none')
  })
})

describe('the one who enters', () => {
  it('makes the offer, to each of those inside', async () => {
    await enter(['one', 'two'])
    expect(server.descriptions.sort()).toEqual(['offer one', 'offer two'])
    expect(call.state).toEqual({ name: 'connecting', line: 'up', path: 'opening' })
    await hear(answerOf('ONE'), 'one')
    connections[0]?.become('connected')
    expect(call.state).toEqual(talking)
    expect(call.members.map(({ id, link }) => [id, link])).toEqual([
      ['one', 'open'],
      ['two', 'opening'],
    ])
  })

  it('waits a moment for the devices, and no longer', async () => {
    mediaReady = new Promise(() => undefined)
    await enter(['them'])
    await clock.advance(1499)
    expect(server.sent).toEqual([])
    await clock.advance(1)
    await settle()
    expect(server.descriptions).toEqual(['offer them'])
  })
})

describe('the one who is there', () => {
  it('waits for the offer and answers it', async () => {
    await enter()
    server.says.join('them', 'Ann')
    await settle()
    expect(call.state).toEqual({ name: 'connecting', line: 'up', path: 'opening' })
    expect(call.members.map(({ name }) => name)).toEqual(['Ann'])
    expect(server.sent).toEqual([])
    await hear(offerOf('THEIRS'), 'them')
    expect(server.descriptions).toEqual(['answer them'])
  })

  it('offers when the other one does not', async () => {
    await enter()
    server.says.join('them', '')
    await clock.advance(5000)
    await settle()
    expect(server.descriptions).toEqual(['offer them'])
  })

  it('keeps candidates that come before the offer', async () => {
    await enter()
    server.says.join('them', '')
    server.says.message(candidate('early'), 'them')
    await hear(offerOf('THEIRS'), 'them')
    expect(last().candidates).toEqual([candidate('early').candidate])
  })

  it('hears nobody who is not in the room', async () => {
    await enter()
    await hear(offerOf('THEIRS'), 'stranger')
    expect([call.state.name, connections.length]).toEqual(['waiting', 0])
  })

  it('drops an answer that belongs to nothing', async () => {
    await enter()
    server.says.join('them', '')
    await hear(answerOf('THEIRS'), 'them')
    expect(connections).toHaveLength(0)
  })
})

describe('offers that meet', () => {
  it.each([
    ['zoe', ['answer zoe']], // 'me' is less, and polite
    ['ann', []],
  ])('are settled by id, with %s', async (them, sent) => {
    await enter([them])
    server.sent.length = 0
    await hear(offerOf('THEIRS'), them)
    expect(server.descriptions).toEqual(sent)
  })

  it('are not given up for an old client, which gives up its own', async () => {
    await enter(['zoe'])
    server.sent.length = 0
    const { sdp } = offerOf('OLD')
    await hear({ type: 'offer', sdp: sdp.replace('m=application 9 X\n', '') }, 'zoe')
    expect(server.descriptions).toEqual([])
    await hear(answerOf('OLD'), 'zoe')
    last().become('connected')
    expect(call.state).toEqual(talking)
  })
})

describe('another one', () => {
  it('that loads its page again gets a connection of its own', async () => {
    await talk('them')
    const before = last()
    await hear(offerOf('RELOADED'), 'them')
    expect(connections).toHaveLength(2)
    expect(before.connectionState).toBe('closed')
    expect(server.descriptions).toEqual(['answer them'])
  })

  it('gets an offer of its own when it answers one meant for its page before', async () => {
    await talk('them')
    await hear(answerOf('RELOADED'), 'them')
    await settle()
    expect(connections).toHaveLength(2)
    expect(server.descriptions).toEqual(['offer them'])
  })

  it('is gone at once when its end is closed', async () => {
    await talk('them')
    last().channel?.onclose?.()
    server.says.bye('them')
    expect(call.state).toEqual({ name: 'waiting', line: 'up', since: 'left' })
    expect(call.members).toEqual([])
  })

  it('is kept after a goodbye while media flows', async () => {
    await talk('them')
    server.says.bye('them')
    for (let i = 0; i < 10; i++) {
      last().bytesReceived += 1000
      await clock.advance(500)
    }
    expect(call.state).toEqual({ ...talking, other: 'away' })
    await clock.advance(2000)
    expect(call.state).toEqual({ name: 'waiting', line: 'up', since: 'left' })
    expect(last().connectionState).toBe('closed')
  })

  it('is called again when it vanishes without a goodbye', async () => {
    await talk('them')
    last().channel?.onclose?.()
    expect(call.state.name).toBe('connecting')
    await clock.advance(5000)
    await settle()
    expect(server.descriptions).toEqual(['offer them'])
  })

  it('that leaves before it was seen is gone at once', async () => {
    await enter()
    server.says.join('them', '')
    await hear(offerOf('THEIRS'), 'them')
    server.says.bye('them')
    expect(call.state).toEqual({ name: 'waiting', line: 'up', since: 'left' })
  })

  it('that leaves is nothing to the rest', async () => {
    await talk('one', 'two')
    connections[0]?.channel?.onclose?.()
    server.says.bye('one')
    expect(call.state).toEqual(talking)
    expect(call.members.map(({ id }) => id)).toEqual(['two'])
    expect(connections.map(({ connectionState }) => connectionState)).toEqual([
      'closed',
      'connected',
    ])
  })

  it('is away while the server has lost it', async () => {
    await talk('them')
    server.says.away('them')
    expect(call.state).toEqual({ ...talking, other: 'away' })
    server.says.back('them')
    expect(call.state).toEqual(talking)
  })

  it('that was away may have missed an offer, and gets it again', async () => {
    await talk('them')
    server.says.away('them')
    last().become('failed')
    await clock.advance(1000)
    await settle()
    expect(server.descriptions).toEqual(['offer them'])
    server.says.back('them')
    await settle()
    expect(server.descriptions).toEqual(['offer them', 'offer them'])
    await hear(answerOf('OF them'), 'them')
    server.says.away('them')
    server.says.back('them')
    await settle()
    expect(server.descriptions).toHaveLength(2)
  })
})

describe('a lost server', () => {
  it('does not touch the media', async () => {
    await talk('them')
    server.says.offline()
    await clock.advance(60_000)
    expect(call.state).toEqual({ ...talking, line: 'down' })
    expect(last().connectionState).toBe('connected')
  })

  it('is told apart from one that restarts', async () => {
    await talk('them')
    server.says.restarting()
    server.says.offline()
    expect(call.state).toMatchObject({ line: 'restarting' })
  })

  it('is made up with in silence when the roster is the same', async () => {
    await talk('them')
    server.says.offline()
    server.says.online()
    server.seats(['them'], { resumed: true })
    await settle()
    expect(call.state).toEqual(talking)
    expect([connections.length, server.sent.length]).toEqual([1, 0])
  })

  it('is made up with by an ICE restart when the path is gone too', async () => {
    await talk('them')
    server.says.offline()
    last().become('disconnected')
    server.says.online()
    server.seats(['them'])
    await settle()
    expect(last().restarts).toBe(1)
    expect(server.descriptions).toEqual(['offer them'])
  })

  it('that was restarted finds everybody again, one after the other', async () => {
    await talk('one', 'two')
    server.says.offline()
    server.says.online()
    server.seats([])
    expect(call.state).toEqual({ ...talking, other: 'away' })
    for (const id of ['one', 'two']) server.says.join(id, '')
    for (let i = 0; i < 10; i++) await clock.advance(1000)
    expect(call.state).toEqual(talking)
    expect([connections.length, server.sent.length]).toEqual([2, 0])
  })

  it('has a roster that counts: who came and who went meanwhile', async () => {
    await talk('one', 'two')
    server.says.offline()
    server.says.online()
    server.seats([
      { id: 'two', name: 'Two', away: true },
      { id: 'new', name: 'New', away: false },
    ])
    await clock.advance(3000)
    await settle()
    expect(call.members.map(({ name, seat }) => [name, seat])).toEqual([
      ['Two', 'away'],
      ['New', 'here'],
    ])
    expect(server.descriptions).toEqual(['offer new'])
  })

  it('may not let us in again at once: we ask until it does', async () => {
    await talk('them')
    server.says.offline()
    server.says.online()
    server.says.refused({ reason: 'full', retryAfter: 0 })
    expect(call.state.name).toBe('talking')
    const before = server.asked.length
    await clock.advance(3000)
    expect(server.asked).toHaveLength(before + 1)
  })

  it('that gives us another id makes us meet everybody anew', async () => {
    await talk('them')
    server.says.online()
    server.seats(['them'], { id: 'me too' })
    await settle()
    expect(connections.map(({ connectionState }) => connectionState)).toEqual(['closed', 'new'])
  })
})

describe('a seat that another page took', () => {
  it('ends the call here', async () => {
    await talk('them')
    server.says.moved()
    expect(call.state).toEqual({ name: 'left', why: 'moved' })
    expect(last().connectionState).toBe('closed')
  })
})

describe('a path', () => {
  it('that fails is looked for again, with servers of the day', async () => {
    await talk('them')
    iceAnswer = async () => Response.json({ iceServers: [{ urls: 'turn:new.example' }] })
    now += 60_000
    last().become('failed')
    await clock.advance(1000)
    await settle()
    expect(call.state).toMatchObject({ name: 'talking', path: 'interrupted' })
    expect(last().configuration.iceServers).toEqual([{ urls: 'turn:new.example' }])
    expect([last().restarts, server.hurried]).toEqual([1, 1])
    last().become('connected')
    expect(call.state).toMatchObject({ name: 'talking', path: 'open' })
  })

  it('that is found again shows us to the others at once', async () => {
    await talk('them')
    const sender = last().getTransceivers()[1]?.sender
    last().become('disconnected')
    await settle()
    expect(sender?.renewals).toBe(0)
    last().become('connected')
    await settle()
    expect(sender?.renewals).toBe(1)
  })

  it('that never opens is called failing', async () => {
    await enter()
    server.says.join('them', '')
    await hear(offerOf('THEIRS'), 'them')
    await clock.advance(20_000)
    expect(call.state).toEqual({ name: 'connecting', line: 'up', path: 'failing' })
  })

  it('is looked for anew when the network changes', async () => {
    await talk('one', 'two')
    call.reconnect()
    await settle()
    expect(connections.map(({ restarts }) => restarts)).toEqual([1, 1])
    expect(server.hurried).toBeGreaterThan(0)
  })

  it('is looked for once where the browser tells of a change twice', async () => {
    await talk('them')
    call.reconnect()
    call.reconnect()
    await settle()
    expect(last().restarts).toBe(1)
  })

  it('is left alone where there is no network, but not the server', async () => {
    await talk('them')
    call.doubt()
    await settle()
    expect([last().restarts, server.hurried]).toEqual([0, 1])
  })

  it('is looked for at once by who comes back, with the servers that came with the seat', async () => {
    await talk('them')
    iceAnswer = () => new Promise(() => undefined) // the way there is a dead one
    last().become('disconnected')
    server.says.online()
    server.seats(['them'], { iceServers: [{ urls: 'turn:new.example' }] })
    await settle()
    expect(last().restarts).toBe(1)
    expect(last().configuration.iceServers).toEqual([{ urls: 'turn:new.example' }])
  })
})

describe('the ladder', () => {
  it('is climbed down as people come, and up as they go', async () => {
    await talk('one', 'two')
    expect(shape).toHaveBeenLastCalledWith(expect.objectContaining({ height: 540 }))
    await settle()
    const sender = connections[0]?.getTransceivers()[1]?.sender
    expect(sender?.parameters.encodings[0]?.maxBitrate).toBe(1_000_000)
    connections[1]?.channel?.onclose?.()
    server.says.bye('two')
    await settle()
    expect(sender?.parameters.encodings[0]?.maxBitrate).toBe(2_000_000)
  })
})

describe('the one who speaks', () => {
  it('is silent once muted, though the browser remembers the last sound for seconds', async () => {
    await talk('one', 'two')
    const [one] = connections
    const audio = one?.getTransceivers()[0]
    if (!audio) throw new Error('no audio')
    audio.audioLevel = 0.5
    await clock.advance(250)
    expect(call.speaker).toBe('one')
    one?.channel?.onmessage?.({ data: '{"muted":true,"camera":true}' })
    await clock.advance(1500)
    expect(call.speaker).toBeUndefined()
  })
})

describe('a call with a key', () => {
  const seal = new Seal(crypto.subtle, 'room', [key])
  beforeEach(() => {
    call = newCall({ room: 'room', password: false, key })
  })

  it('is verified where both have it', async () => {
    await enter(['them'])
    await vi.waitFor(() => expect(server.descriptions).toEqual(['offer them']))
    const sent = server.sent[0]?.payload
    if (!sent || !('sdp' in sent)) throw new Error('no offer')
    expect(await seal.verify(sent.sdp, sent.mac, 'me', 'them')).toBe(true)
    const answer = answerOf('THEIRS')
    await hear(answer, 'them', await seal.sign(answer, 'them', 'me'))
    await vi.waitFor(() => expect(call.members[0]?.trust).toEqual({ name: 'verified' }))
  })

  it.each(['missing', 'of another'])('refuses a description whose code is %s', async (which) => {
    await enter()
    server.says.join('them', '')
    const mac = which === 'missing' ? undefined : await seal.sign(offerOf('OTHER'), 'them', 'me')
    await hear(offerOf('THEIRS'), 'them', mac)
    await vi.waitFor(() => expect(call.members[0]?.trust).toEqual({ name: 'failed' }))
    expect(call.state).toEqual({ name: 'connecting', line: 'up', path: 'refused' })
    expect(connections).toHaveLength(0)
    expect(server.sent).toEqual([{ payload: { refused: true }, to: 'them' }])
    await clock.advance(30_000)
    expect(call.state).toEqual({ name: 'connecting', line: 'up', path: 'refused' })
    expect([connections.length, server.sent.length]).toEqual([0, 1])
  })

  it('hears that the other side refused what came of ours', async () => {
    await enter(['them'])
    await vi.waitFor(() => expect(server.sent).toHaveLength(1))
    server.says.message({ refused: true }, 'them')
    await vi.waitFor(() => expect(call.members[0]?.link).toBe('refused'))
    expect(call.members[0]?.trust).toEqual({ name: 'failed' })
    expect(last().connectionState).toBe('closed')
    expect(server.sent).toHaveLength(1)
  })

  it('closes the connection that an answer was forged for', async () => {
    await enter(['them'])
    await vi.waitFor(() => expect(server.sent).toHaveLength(1))
    await hear(answerOf('FORGED'), 'them')
    await vi.waitFor(() => expect(call.members[0]?.link).toBe('refused'))
    expect(last().connectionState).toBe('closed')
    expect(last().remoteDescription).toBeNull()
    server.sent.length = 0
    call.reconnect()
    await vi.waitFor(() => expect(server.descriptions).toEqual(['offer them']))
    expect(call.members[0]?.trust).toEqual({ name: 'pending' })
  })
})

describe('a call without a key', () => {
  it('has a code to read to each other', async () => {
    await talk('them')
    await vi.waitFor(() => expect(call.members[0]?.trust.name).toBe('code'))
  })

  it('has nothing that could be refused', async () => {
    await talk('them')
    server.says.message({ refused: true }, 'them')
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
    call.enter({ name: '', password })
    await vi.waitFor(() => expect(server.rooms).toHaveLength(before + 1), { timeout: 10_000 })
    server.says.online()
  }

  it('is asked for, and proved to the server', async () => {
    expect(call.state.name).toBe('password')
    await tryPassword('right')
    const wish = server.asked[0]?.[1]
    expect(wish?.proof).toMatch(/^[\w-]{43}$/)
    server.seats([])
    server.says.offline()
    server.says.online()
    expect(server.asked.at(-1)?.[1]).toEqual(wish)
    call.leave()
    call.enter({ name: '', password: '' })
    server.says.online()
    expect(server.asked.at(-1)?.[1]).toEqual(wish)
  })

  it('that is wrong is asked for again, after a while where there were too many', async () => {
    await tryPassword('wrong')
    server.says.refused({ reason: 'denied', retryAfter: 9 })
    expect(call.state).toEqual({ name: 'password', problem: 'wrong', wait: 9 })
    await clock.advance(9000)
    expect(call.state).toEqual({ name: 'password', problem: 'wrong', wait: 0 })
  })

  it('comes too late for somebody who has left', async () => {
    call.enter({ name: '', password: 'right' })
    call.leave()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect([server.rooms.length, call.state.name]).toEqual([0, 'left'])
  })
})

describe('a locked door', () => {
  it('is knocked at, and opened from inside', async () => {
    call.enter(introduction)
    server.says.online()
    server.says.refused({ reason: 'locked', retryAfter: 0 })
    expect(call.state).toEqual({ name: 'locked' })
    call.knock()
    expect(call.state).toEqual({ name: 'knocking' })
    expect(server.asked.at(-1)?.[0]).toBe('knock')
    server.says.offline()
    server.says.online()
    expect(server.asked.map(([what]) => what)).toEqual(['enter', 'knock', 'knock'])
    await clock.advance(1001)
    server.says.admitted()
    expect(server.asked.at(-1)?.[0]).toBe('enter')
    server.seats([], { locked: true })
    expect([call.state.name, call.door]).toEqual(['waiting', 'locked'])
  })

  it('is not slipped through after a restart, before those inside are back', async () => {
    call.enter(introduction)
    server.says.online()
    server.says.refused({ reason: 'locked', retryAfter: 0 })
    call.knock()
    server.says.offline()
    server.says.online()
    server.says.admitted() // at once: by a server that knows of no lock
    const asked = () => server.asked.map(([what]) => what).join(' ')
    expect([call.state.name, asked()]).toEqual(['knocking', 'enter knock knock'])
    await clock.advance(14_999)
    expect(asked()).toBe('enter knock knock')
    await clock.advance(1)
    expect(asked()).toBe('enter knock knock knock')
    server.says.admitted()
    expect(asked()).toBe('enter knock knock knock enter')
  })

  it('is not slipped through either by who has not knocked yet', async () => {
    call.enter(introduction)
    server.says.online()
    server.says.refused({ reason: 'locked', retryAfter: 0 })
    server.says.offline()
    server.says.online()
    expect(call.state).toEqual({ name: 'locked' })
    await clock.advance(5000)
    call.knock()
    server.says.admitted()
    const asked = () => server.asked.map(([what]) => what).join(' ')
    expect(asked()).toBe('enter knock')
    await clock.advance(10_000)
    expect(asked()).toBe('enter knock knock')
  })

  it('that opens for a moment only is knocked at again', () => {
    call.enter(introduction)
    server.says.online()
    server.says.refused({ reason: 'locked', retryAfter: 0 })
    call.knock()
    server.says.admitted()
    server.says.refused({ reason: 'locked', retryAfter: 0 })
    expect(call.state).toEqual({ name: 'knocking' })
    expect(server.asked.map(([what]) => what)).toEqual(['enter', 'knock', 'enter', 'knock'])
  })

  it('has those who wait at it for everybody who enters or comes back', async () => {
    const ann = { id: 'k1', name: 'Ann' }
    await enter()
    server.says.locked(true)
    server.says.knock('k0', 'Zoe')
    server.says.offline()
    server.says.online()
    server.seats([], { resumed: true, locked: true, knocks: [ann] })
    expect(call.knocks).toEqual([ann])
  })

  it('may stay closed', () => {
    call.enter(introduction)
    server.says.refused({ reason: 'locked', retryAfter: 0 })
    call.knock()
    server.says.denied()
    expect(call.state).toEqual({ name: 'denied' })
    expect(server.state).toBe('closed')
  })

  it('is seen and answered by those inside', async () => {
    await talk('them')
    call.lock(true)
    expect(server.locks).toEqual([true])
    server.says.locked(true)
    expect(call.door).toBe('locked')
    server.says.knock('k1', 'Ann')
    server.says.knock('k2', '')
    expect(call.knocks).toEqual([
      { id: 'k1', name: 'Ann' },
      { id: 'k2', name: '' },
    ])
    for (const knock of call.knocks) call.answer(knock, knock.name === 'Ann')
    expect(server.answers).toEqual(['admit k1', 'deny k2'])
    server.says.unknock('k1')
    expect(call.knocks.map(({ id }) => id)).toEqual(['k2'])
  })

  it('is locked again after a restart, once those who were inside are back', async () => {
    await talk('them')
    server.says.locked(true)
    server.says.offline()
    server.says.online()
    server.seats([])
    expect([call.door, server.locks]).toEqual(['relocking', []])
    server.says.join('them', '')
    expect(server.locks).toEqual([true])
  })

  it('is locked again after a restart, even if somebody stays away', async () => {
    await talk('them')
    server.says.locked(true)
    server.says.online()
    server.seats([])
    last().bytesReceived = 1
    await clock.advance(12_000)
    expect(server.locks).toEqual([true])
  })

  it('is locked again after a restart at once by who is alone', async () => {
    await enter()
    server.says.locked(true)
    server.says.online()
    server.seats([])
    await clock.advance(0)
    expect(server.locks).toEqual([true])
  })

  it('stays open when somebody opened it while we were away', async () => {
    await talk('them')
    server.says.locked(true)
    server.says.online()
    server.seats(['them'], { resumed: true })
    await clock.advance(20_000)
    expect([call.door, server.locks]).toEqual(['open', []])
  })
})

describe('hanging up', () => {
  it('closes everything, and nothing comes after', async () => {
    await talk('one', 'two')
    call.leave()
    expect(call.state).toEqual({ name: 'left', why: 'hung-up' })
    expect(connections.map(({ connectionState }) => connectionState)).toEqual(['closed', 'closed'])
    expect(server.state).toBe('closed')
    await clock.advance(60_000)
    expect(last().restarts).toBe(0)
  })

  it('while the connection is being made leaves none open', async () => {
    call.enter(introduction)
    server.says.online()
    server.seats(['them'])
    call.leave()
    await settle()
    expect(connections.map(({ connectionState }) => connectionState)).toEqual(['closed'])
    expect(server.sent).toEqual([])
  })

  it('is not for ever', async () => {
    await talk('them')
    call.leave()
    await talk('them')
    expect(call.state.name).toBe('talking')
    expect(connections).toHaveLength(2)
  })
})
