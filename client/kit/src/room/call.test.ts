import { beforeEach, describe, expect, it } from 'vitest'
import { answerOf, CallTest, joinOptions, key, offerOf, talking } from '../../testing/call-test.ts'
import { settle } from '../../testing/fake-clock.ts'

let t: CallTest
const candidate = (name: string) => ({ candidate: { candidate: name, sdpMid: '0' } })

beforeEach(() => {
  t = new CallTest()
})

describe('joining', () => {
  it('goes from the pre-join page into the room', () => {
    expect(t.call.state).toEqual({ name: 'pre-join' })
    t.call.join(joinOptions)
    expect(t.call.state).toEqual({ name: 'entering', signaling: 'connecting' })
    expect(t.server.rooms).toEqual(['room'])
    t.server.emit.connected()
    expect(t.server.requests).toEqual([['enter', { capacity: 2, name: 'Me', proof: undefined }]])
    t.server.giveSeat([])
    expect(t.call.state).toEqual({
      name: 'waiting',
      signaling: 'connected',
      lastToLeave: undefined,
    })
  })

  it('asks for eight seats if the link was generated', () => {
    t.call = t.newCall({ room: 'room', password: false, key })
    t.call.join(joinOptions)
    t.server.emit.connected()
    expect(t.server.requests[0]?.[1].capacity).toBe(8)
  })

  it('reports that the server is unreachable, and goes on when it is not', () => {
    t.call.join(joinOptions)
    t.server.emit.unreachable()
    expect(t.call.state).toEqual({ name: 'entering', signaling: 'unreachable' })
    t.server.emit.unreachable('Forbidden')
    expect(t.call.state).toMatchObject({ signaling: 'unreachable', refused: 'Forbidden' })
    t.server.emit.connected()
    t.server.giveSeat([])
    expect(t.call.state.name).toBe('waiting')
  })

  it.each([
    ['full', { name: 'full', limit: 'seats' }],
    ['busy', { name: 'full', limit: 'rooms' }],
    ['invalid', { name: 'unavailable', reason: 'link-rejected' }],
    ['denied', { name: 'password', problem: 'wrong', wait: 0 }],
  ] as const)('ends if the answer is %s', (reason, state) => {
    t.call.join(joinOptions)
    t.server.emit.connected()
    t.server.emit.refused({ reason, retryAfter: 0 })
    expect(t.call.state).toEqual(state)
    expect(t.server.state).toBe('closed')
    // Who can try another password at once keeps the preview.
    expect(t.stopMedia).toHaveBeenCalledTimes(reason === 'denied' ? 0 : 1)
    t.call.join(joinOptions)
    expect(t.server.rooms).toHaveLength(2)
  })

  it('takes the ICE servers that come with the seat', async () => {
    await t.join(['them'])
    expect(t.lastConnection.configuration.iceServers).toEqual([{ urls: 'stun:s.example' }])
    expect(t.call.relay).toBe('none')
  })
})

describe('the one who joins', () => {
  it('makes an offer to each participant', async () => {
    await t.join(['one', 'two'])
    expect(t.server.descriptions.sort()).toEqual(['offer one', 'offer two'])
    expect(t.call.state).toEqual({
      name: 'connecting',
      signaling: 'connected',
      media: 'connecting',
    })
    await t.receive(answerOf('ONE'), 'one')
    t.connections[0]?.enterState('connected')
    expect(t.call.state).toEqual(talking)
    expect(t.call.participants.map(({ id, connection }) => [id, connection])).toEqual([
      ['one', 'connected'],
      ['two', 'connecting'],
    ])
  })

  it('waits for the devices, but not long', async () => {
    t.mediaReady = new Promise(() => undefined)
    await t.join(['them'])
    await t.clock.advance(1499)
    expect(t.server.sent).toEqual([])
    await t.clock.advance(1)
    await settle()
    expect(t.server.descriptions).toEqual(['offer them'])
  })
})

describe('the one who is there', () => {
  it('waits for the offer and answers it', async () => {
    await t.join()
    t.server.emit.join('them', 'Ann')
    await settle()
    expect(t.call.state).toEqual({
      name: 'connecting',
      signaling: 'connected',
      media: 'connecting',
    })
    expect(t.call.participants.map(({ name }) => name)).toEqual(['Ann'])
    expect(t.server.sent).toEqual([])
    await t.receive(offerOf('THEIRS'), 'them')
    expect(t.server.descriptions).toEqual(['answer them'])
  })

  it('offers if the other one does not', async () => {
    await t.join()
    t.server.emit.join('them', '')
    await t.clock.advance(5000)
    await settle()
    expect(t.server.descriptions).toEqual(['offer them'])
  })

  it('queues candidates that come before the offer', async () => {
    await t.join()
    t.server.emit.join('them', '')
    t.server.emit.message(candidate('early'), 'them')
    await t.receive(offerOf('THEIRS'), 'them')
    expect(t.lastConnection.candidates).toEqual([candidate('early').candidate])
  })

  it('ignores messages of clients that are not in the room', async () => {
    await t.join()
    await t.receive(offerOf('THEIRS'), 'stranger')
    expect([t.call.state.name, t.connections.length]).toEqual(['waiting', 0])
  })

  it('ignores an answer without an offer', async () => {
    await t.join()
    t.server.emit.join('them', '')
    await t.receive(answerOf('THEIRS'), 'them')
    expect(t.connections).toHaveLength(0)
  })
})

describe('colliding offers', () => {
  it.each([
    ['zoe', ['answer zoe']], // 'me' is smaller, so we are polite
    ['ann', []],
  ])('are resolved by id, with %s', async (them, sent) => {
    await t.join([them])
    t.server.sent.length = 0
    await t.receive(offerOf('THEIRS'), them)
    expect(t.server.descriptions).toEqual(sent)
  })

  it('do not yield to an old client, which yields itself', async () => {
    await t.join(['zoe'])
    t.server.sent.length = 0
    const { sdp } = offerOf('OLD')
    await t.receive({ type: 'offer', sdp: sdp.replace('m=application 9 X\n', '') }, 'zoe')
    expect(t.server.descriptions).toEqual([])
    await t.receive(answerOf('OLD'), 'zoe')
    t.lastConnection.enterState('connected')
    expect(t.call.state).toEqual(talking)
  })
})

describe('a participant', () => {
  it('that reloads the page gets a new connection', async () => {
    await t.talk('them')
    const before = t.lastConnection
    await t.receive(offerOf('RELOADED'), 'them')
    expect(t.connections).toHaveLength(2)
    expect(before.connectionState).toBe('closed')
    expect(t.server.descriptions).toEqual(['answer them'])
  })

  it('gets a new offer if it answers one to its page before a reload', async () => {
    await t.talk('them')
    await t.receive(answerOf('RELOADED'), 'them')
    await settle()
    expect(t.connections).toHaveLength(2)
    expect(t.server.descriptions).toEqual(['offer them'])
  })

  it('is gone at once if it closed its connection', async () => {
    await t.talk('them')
    t.lastConnection.channel?.onclose?.()
    t.server.emit.bye('them')
    expect(t.call.state).toEqual({ name: 'waiting', signaling: 'connected', lastToLeave: '' })
    expect(t.call.participants).toEqual([])
  })

  it('is kept after `bye` as long as media arrives', async () => {
    await t.talk('them')
    t.server.emit.bye('them')
    for (let i = 0; i < 10; i++) {
      t.lastConnection.bytesReceived += 1000
      await t.clock.advance(500)
    }
    expect(t.call.state).toEqual({ ...talking, others: 'away' })
    await t.clock.advance(2000)
    expect(t.call.state).toEqual({ name: 'waiting', signaling: 'connected', lastToLeave: '' })
    expect(t.lastConnection.connectionState).toBe('closed')
  })

  it('is called again if it closed its connection without `bye`', async () => {
    await t.talk('them')
    t.lastConnection.channel?.onclose?.()
    expect(t.call.state.name).toBe('connecting')
    await t.clock.advance(5000)
    await settle()
    expect(t.server.descriptions).toEqual(['offer them'])
  })

  it('that leaves before it was connected is gone at once', async () => {
    await t.join()
    t.server.emit.join('them', '')
    await t.receive(offerOf('THEIRS'), 'them')
    t.server.emit.bye('them')
    expect(t.call.state).toEqual({ name: 'waiting', signaling: 'connected', lastToLeave: '' })
  })

  it('that leaves last is named while we wait', async () => {
    await t.join()
    t.server.emit.join('them', 'Ann')
    t.server.emit.bye('them')
    expect(t.call.state).toMatchObject({ name: 'waiting', lastToLeave: 'Ann' })
  })

  it('that leaves does not affect the others', async () => {
    await t.talk('one', 'two')
    t.connections[0]?.channel?.onclose?.()
    t.server.emit.bye('one')
    expect(t.call.state).toEqual(talking)
    expect(t.call.participants.map(({ id }) => id)).toEqual(['two'])
    expect(t.connections.map(({ connectionState }) => connectionState)).toEqual([
      'closed',
      'connected',
    ])
  })

  it('is away while it has no connection to the server', async () => {
    await t.talk('them')
    t.server.emit.away('them')
    expect(t.call.state).toEqual({ ...talking, others: 'away' })
    t.server.emit.back('them')
    expect(t.call.state).toEqual(talking)
  })

  it('that was away gets an offer again that it may have missed', async () => {
    await t.talk('them')
    t.server.emit.away('them')
    t.lastConnection.enterState('failed')
    await t.clock.advance(1000)
    await settle()
    expect(t.server.descriptions).toEqual(['offer them'])
    t.server.emit.back('them')
    await settle()
    expect(t.server.descriptions).toEqual(['offer them', 'offer them'])
    await t.receive(answerOf('OF them'), 'them')
    t.server.emit.away('them')
    t.server.emit.back('them')
    await settle()
    expect(t.server.descriptions).toHaveLength(2)
  })
})

describe('an offer without an answer', () => {
  it.each<[string, () => void]>([
    ['returns without having been away', () => t.server.emit.back('them')],
    ['takes its seat again after a restart', () => t.server.emit.join('them', '')],
  ])('is sent again when the participant %s', async (_, returns) => {
    await t.talk('them')
    t.lastConnection.enterState('failed')
    await t.clock.advance(1000)
    await settle()
    const [first] = t.server.sent
    returns()
    await settle()
    expect(t.server.sent).toEqual([first, first])
  })
})

describe('a seat that another page took', () => {
  it('ends the call here', async () => {
    await t.talk('them')
    t.server.emit.moved()
    expect(t.call.state).toEqual({ name: 'left', reason: 'moved' })
    expect(t.stopMedia).toHaveBeenCalledOnce()
    expect(t.lastConnection.connectionState).toBe('closed')
  })
})

describe('the video profile', () => {
  it('follows the number of participants', async () => {
    await t.talk('one', 'two')
    expect(t.setVideoProfile).toHaveBeenLastCalledWith(expect.objectContaining({ height: 540 }))
    await settle()
    const sender = t.connections[0]?.getTransceivers()[1]?.sender
    expect(sender?.parameters.encodings[0]?.maxBitrate).toBe(1_000_000)
    t.connections[1]?.channel?.onclose?.()
    t.server.emit.bye('two')
    await settle()
    expect(sender?.parameters.encodings[0]?.maxBitrate).toBe(2_000_000)
  })
})

describe('the active speaker', () => {
  it('is silent once muted, although the browser reports the last level for seconds', async () => {
    await t.talk('one', 'two')
    const [one] = t.connections
    const audio = one?.getTransceivers()[0]
    if (!audio) throw new Error('no audio')
    audio.audioLevel = 0.5
    await t.clock.advance(250)
    expect(t.call.activeSpeaker).toBe('one')
    one?.channel?.onmessage?.({ data: '{"muted":true,"camera":true}' })
    await t.clock.advance(1500)
    expect(t.call.activeSpeaker).toBeUndefined()
  })
})

describe('hanging up', () => {
  it('closes everything for good', async () => {
    await t.talk('one', 'two')
    t.call.leave()
    expect(t.call.state).toEqual({ name: 'left', reason: 'hung-up' })
    expect(t.connections.map(({ connectionState }) => connectionState)).toEqual([
      'closed',
      'closed',
    ])
    expect(t.server.state).toBe('closed')
    await t.clock.advance(60_000)
    expect(t.lastConnection.restarts).toBe(0)
  })

  it('while a connection is created leaves none open', async () => {
    t.call.join(joinOptions)
    t.server.emit.connected()
    t.server.giveSeat(['them'])
    t.call.leave()
    await settle()
    expect(t.made.map(({ connectionState }) => connectionState)).toEqual(['closed'])
    expect(t.server.sent).toEqual([])
  })

  it('can be followed by joining again', async () => {
    await t.talk('them')
    t.call.leave()
    await t.talk('them')
    expect(t.call.state.name).toBe('talking')
    expect(t.connections).toHaveLength(2)
  })
})
