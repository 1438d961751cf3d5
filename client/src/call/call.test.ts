import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ManualClock, settle } from '../doubles/clock.ts'
import {
  asConnection,
  asTrack,
  FakeConnection,
  FakeTrack,
  fakeStream,
} from '../doubles/connection.ts'
import { FakeSignaling } from '../doubles/signaling.ts'
import { IceServers } from '../rtc/ice-servers.ts'
import type { Description } from '../signaling/protocol.ts'
import { Call } from './call.svelte.ts'

let server: FakeSignaling
let clock: ManualClock
let connections: FakeConnection[]
let call: Call
let mediaReady: Promise<void>
let iceAnswer: () => Promise<Response>

const offerOf = (fingerprint: string): Description => ({
  type: 'offer',
  sdp: `a=fingerprint:sha-256 ${fingerprint}\nm=audio 9 X\na=sendrecv\nm=video 9 X\na=sendrecv`,
})
const answerOf = (fingerprint: string): Description => ({ ...offerOf(fingerprint), type: 'answer' })
const candidate = (name: string) => ({ candidate: { candidate: name, sdpMid: '0' } })
const last = () => connections.at(-1) as FakeConnection

beforeEach(() => {
  server = new FakeSignaling()
  clock = new ManualClock()
  connections = []
  mediaReady = Promise.resolve()
  iceAnswer = async () => Response.json({ iceServers: [{ urls: 'stun:s.example' }] })
  const tracks = {
    audio: asTrack(new FakeTrack('audio')),
    video: asTrack(new FakeTrack('video')),
  }
  const world = {
    openSignaling: server.open,
    createPeerConnection: (servers: RTCIceServer[]) => {
      connections.push(new FakeConnection(servers))
      return asConnection(last())
    },
    createStream: fakeStream,
    iceServers: new IceServers(() => iceAnswer()),
    clock,
  }
  call = new Call('room', world, {
    outgoing: fakeStream(),
    ready: () => mediaReady,
    tracks: () => tracks,
    presence: () => ({ microphone: 'on', camera: 'on' }),
  })
})

async function hear(description: Description, from: string): Promise<void> {
  server.says.message({ sdp: description }, from)
  await settle()
}

function become(state: RTCPeerConnectionState): void {
  last().become(state)
}

async function waitAlone(): Promise<void> {
  call.enter()
  server.says.online()
  server.says.created()
  await settle()
}

/** In a call with `them`, whom we have found in the room. */
async function talk(them = 'them'): Promise<void> {
  call.enter()
  server.says.online()
  server.says.joined()
  await settle()
  await hear(answerOf('THEIRS'), them)
  become('connected')
  server.sent.length = 0
}

describe('entering', () => {
  it('goes from the lobby into the room', async () => {
    expect(call.state).toEqual({ name: 'lobby' })
    call.enter()
    expect(call.state).toEqual({ name: 'entering', server: 'dialing' })
    expect(server.rooms).toEqual(['room'])
    server.says.created()
    expect(call.state).toEqual({ name: 'waiting', line: 'up', since: 'start' })
  })

  it('says when the server does not answer, and goes on when it does', () => {
    call.enter()
    server.says.unreachable()
    expect(call.state).toEqual({ name: 'entering', server: 'unreachable' })
    server.says.online()
    server.says.created()
    expect(call.state.name).toBe('waiting')
  })

  it('ends where the room is full', () => {
    call.enter()
    server.says.full()
    expect(call.state).toEqual({ name: 'full' })
    expect(server.state).toBe('closed')
    call.enter()
    expect(server.rooms).toHaveLength(2)
  })

  it('ends where the server refuses the name', () => {
    call.enter()
    server.says.invalid('too long')
    expect(call.state).toEqual({ name: 'impossible', obstacle: 'room-refused' })
  })
})

describe('the one who enters', () => {
  it('makes the offer', async () => {
    await talk()
    expect(call.state).toEqual({ name: 'talking', line: 'up', path: 'open', other: 'here' })
    expect(server.sent).toEqual([])
    expect(last().configuration.iceServers).toEqual([{ urls: 'stun:s.example' }])
  })

  it('waits a moment for the devices, and no longer', async () => {
    mediaReady = new Promise(() => undefined)
    call.enter()
    server.says.joined()
    await clock.advance(1499)
    expect(server.sent).toEqual([])
    await clock.advance(1)
    await settle()
    expect(server.descriptions.map(({ type }) => type)).toEqual(['offer'])
  })

  it('calls without ICE servers where there are none to be had', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    iceAnswer = () => Promise.reject(new TypeError('offline'))
    await talk()
    expect(call.state.name).toBe('talking')
    expect(last().configuration.iceServers).toEqual([])
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })
})

describe('the one who is there', () => {
  it('waits for the offer and answers it', async () => {
    await waitAlone()
    server.says.join()
    await settle()
    expect(call.state).toEqual({ name: 'connecting', line: 'up', path: 'opening' })
    expect(server.sent).toEqual([])
    await hear(offerOf('THEIRS'), 'them')
    expect(server.descriptions.map(({ type }) => type)).toEqual(['answer'])
  })

  it('keeps candidates that come before the offer, and those of strangers apart', async () => {
    await waitAlone()
    server.says.join()
    server.says.message(candidate('early'), 'them')
    server.says.message(candidate('stray'), 'somebody else')
    await hear(offerOf('THEIRS'), 'them')
    expect(last().candidates).toEqual([candidate('early').candidate])
  })

  it('takes an offer from a server that names no sender', async () => {
    await waitAlone()
    await hear(offerOf('THEIRS'), '')
    server.says.message(candidate('1'), '')
    await settle()
    expect(last().candidates).toHaveLength(1)
  })

  it('drops an answer that belongs to nothing', async () => {
    await waitAlone()
    await hear(answerOf('THEIRS'), 'them')
    expect([call.state.name, connections.length]).toEqual(['waiting', 0])
  })
})

describe('another peer', () => {
  it('gets a connection of its own', async () => {
    await talk('first')
    const before = last()
    server.says.bye('first')
    server.says.join()
    await hear(offerOf('OTHER'), 'second')
    expect(connections).toHaveLength(2)
    expect(before.connectionState).toBe('closed')
    expect(call.state.name).toBe('connecting')
    server.says.message(candidate('late'), 'first')
    await settle()
    expect(last().candidates).toEqual([])
  })

  it('gets an offer of its own when it answers one meant for somebody else', async () => {
    await talk('first')
    server.says.joined()
    await settle()
    await hear(answerOf('OTHER'), 'second')
    expect(connections).toHaveLength(2)
    expect(server.descriptions.map(({ type }) => type)).toEqual(['offer', 'offer'])
  })

  it('is not taken for the last one by a late goodbye', async () => {
    await talk('second')
    server.says.bye('first')
    await clock.advance(60_000)
    expect(call.state).toEqual({ name: 'talking', line: 'up', path: 'open', other: 'here' })
  })
})

describe('the other one', () => {
  it('is gone at once when its end is closed', async () => {
    await talk()
    server.says.bye('them')
    last().channel?.onclose?.()
    expect(call.state).toEqual({ name: 'waiting', line: 'up', since: 'left' })
    expect(call.stream).toBeUndefined()
  })

  it('is kept after a goodbye while media flows', async () => {
    await talk()
    server.says.bye('them')
    for (let i = 0; i < 10; i++) {
      last().bytesReceived += 1000
      await clock.advance(500)
    }
    expect(call.state).toEqual({ name: 'talking', line: 'up', path: 'open', other: 'away' })
    await clock.advance(2000)
    expect(call.state).toEqual({ name: 'waiting', line: 'up', since: 'left' })
    expect(last().connectionState).toBe('closed')
  })

  it('goes on where it was when it comes back with a new id', async () => {
    await talk('old id')
    server.says.bye('old id')
    server.says.join()
    await hear({ ...offerOf('THEIRS') }, 'new id')
    expect(connections).toHaveLength(1)
    expect(call.state).toEqual({ name: 'talking', line: 'up', path: 'open', other: 'here' })
    expect(server.descriptions.map(({ type }) => type)).toEqual(['answer'])
    await clock.advance(5000)
    expect(call.state.name).toBe('talking')
  })

  it('is asked for when it vanishes without a goodbye', async () => {
    await talk()
    last().channel?.onclose?.()
    expect(call.state.name).toBe('waiting')
    await clock.advance(3000)
    expect(server.asked).toBe(1)
  })

  it('that leaves before it was seen is gone at once', async () => {
    await waitAlone()
    server.says.join()
    await hear(offerOf('THEIRS'), 'them')
    server.says.bye('them')
    expect(call.state).toEqual({ name: 'waiting', line: 'up', since: 'left' })
  })
})

describe('a lost server', () => {
  it('does not touch the media', async () => {
    await talk()
    server.says.offline()
    await clock.advance(60_000)
    expect(call.state).toEqual({ name: 'talking', line: 'down', path: 'open', other: 'here' })
    expect(last().connectionState).toBe('connected')
  })

  it('is told apart from one that restarts', async () => {
    await talk()
    server.says.restarting()
    server.says.offline()
    expect(call.state).toMatchObject({ line: 'restarting' })
  })

  it('is made up with by an offer on the same connection', async () => {
    await talk()
    server.says.offline()
    server.says.online()
    server.says.joined()
    await settle()
    expect(connections).toHaveLength(1)
    expect(server.descriptions.map(({ type }) => type)).toEqual(['offer'])
    expect(last().restarts).toBe(0)
    await hear(answerOf('THEIRS'), 'new id')
    expect(call.state).toEqual({ name: 'talking', line: 'up', path: 'open', other: 'here' })
  })

  it('is made up with by an ICE restart when the path is gone too', async () => {
    await talk()
    server.says.offline()
    become('disconnected')
    server.says.online()
    server.says.joined()
    await settle()
    expect(last().restarts).toBe(1)
  })

  it('finds us alone afterwards, but for the media that flows', async () => {
    await talk()
    server.says.offline()
    server.says.online()
    server.says.created()
    expect(call.state).toMatchObject({ name: 'talking', other: 'away', line: 'up' })
  })

  it('may hold our old seat: we ask again', async () => {
    await talk()
    server.says.offline()
    server.says.online()
    server.says.full()
    expect(call.state.name).toBe('talking')
    await clock.advance(3000)
    expect(server.asked).toBe(1)
  })
})

describe('a path', () => {
  it('that fails is looked for again, with servers of the day', async () => {
    await talk()
    iceAnswer = async () => Response.json({ iceServers: [{ urls: 'turn:new.example' }] })
    become('failed')
    await clock.advance(0)
    await settle()
    expect(call.state).toMatchObject({ name: 'talking', path: 'interrupted' })
    expect(last().configuration.iceServers).toEqual([{ urls: 'turn:new.example' }])
    expect(last().restarts).toBe(1)
    become('connected')
    expect(call.state).toMatchObject({ name: 'talking', path: 'open' })
  })

  it('that never opens is called failing', async () => {
    await waitAlone()
    await hear(offerOf('THEIRS'), 'them')
    await clock.advance(20_000)
    expect(call.state).toEqual({ name: 'connecting', line: 'up', path: 'failing' })
    expect(call.relay).toBe('none')
  })

  it('is looked for anew when the network changes', async () => {
    await talk()
    call.reconnect()
    await settle()
    expect(last().restarts).toBe(1)
  })
})

describe('hanging up', () => {
  it('closes everything, and nothing comes after', async () => {
    await talk()
    call.leave()
    expect(call.state).toEqual({ name: 'left' })
    expect(last().connectionState).toBe('closed')
    expect(server.state).toBe('closed')
    await clock.advance(60_000)
    expect(last().restarts).toBe(0)
  })

  it('while the connection is being made leaves none open', async () => {
    call.enter()
    server.says.joined()
    call.leave()
    await settle()
    expect(connections.map(({ connectionState }) => connectionState)).toEqual(['closed'])
    expect(server.sent).toEqual([])
  })

  it('is not for ever', async () => {
    await talk()
    call.leave()
    await talk()
    expect(call.state.name).toBe('talking')
    expect(connections).toHaveLength(2)
  })
})
