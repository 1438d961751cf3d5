import { beforeEach, describe, expect, it } from 'vitest'
import { CallTest, offerOf, talking } from '../../testing/call-test.ts'
import { settle } from '../../testing/fake-clock.ts'
import type { FakePeerConnection } from '../../testing/fake-peer-connection.ts'

let t: CallTest

beforeEach(() => {
  t = new CallTest()
})

describe('a lost connection to the server', () => {
  it('does not affect media', async () => {
    await t.talk('them')
    t.server.emit.disconnected()
    await t.clock.advance(60_000)
    expect(t.call.state).toEqual({ ...talking, signaling: 'disconnected' })
    expect(t.lastConnection.connectionState).toBe('connected')
  })

  it('is different from a restart', async () => {
    await t.talk('them')
    t.server.emit.restarting()
    t.server.emit.disconnected()
    expect(t.call.state).toMatchObject({ signaling: 'restarting' })
  })

  it('needs no offers if the participants are the same afterwards', async () => {
    await t.talk('them')
    t.server.emit.disconnected()
    t.server.emit.connected()
    t.server.giveSeat(['them'], { resumed: true })
    await settle()
    expect(t.call.state).toEqual(talking)
    expect([t.connections.length, t.server.sent.length]).toEqual([1, 0])
  })

  it('needs an ICE restart if media is lost as well', async () => {
    await t.talk('them')
    t.server.emit.disconnected()
    t.lastConnection.enterState('disconnected')
    t.server.emit.connected()
    t.server.giveSeat(['them'])
    await settle()
    expect(t.lastConnection.restarts).toBe(1)
    expect(t.server.descriptions).toEqual(['offer them'])
  })

  it('by a restart keeps the participants, who come back one by one', async () => {
    await t.talk('one', 'two')
    t.server.emit.disconnected()
    t.server.emit.connected()
    t.server.giveSeat([])
    expect(t.call.state).toEqual({ ...talking, others: 'away' })
    for (const id of ['one', 'two']) t.server.emit.join(id, '')
    for (let i = 0; i < 10; i++) await t.clock.advance(1000)
    expect(t.call.state).toEqual(talking)
    expect([t.connections.length, t.server.sent.length]).toEqual([2, 0])
  })

  it('is followed by an update of who is in the room', async () => {
    await t.talk('one', 'two')
    t.server.emit.disconnected()
    t.server.emit.connected()
    t.server.giveSeat([
      { id: 'two', name: 'Two', away: true },
      { id: 'new', name: 'New', away: false },
    ])
    await settle()
    for (const connection of t.connections) connection.bytesReceived++
    await t.clock.advance(3000)
    await settle()
    expect(t.call.participants.map(({ name, seat }) => [name, seat])).toEqual([
      ['Two', 'away'],
      ['New', 'online'],
    ])
    expect(t.server.descriptions).toEqual(['offer new'])
  })

  it('may be followed by a refusal: we retry until we get in', async () => {
    await t.talk('them')
    t.server.emit.disconnected()
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'full', retryAfter: 0 })
    expect(t.call.state.name).toBe('talking')
    const before = t.server.requests.length
    await t.clock.advance(3000)
    expect(t.server.requests).toHaveLength(before + 1)
  })

  it('is followed by new connections if we get another id', async () => {
    await t.talk('them')
    t.server.emit.connected()
    t.server.giveSeat(['them'], { id: 'me too' })
    await settle()
    expect(t.connections.map(({ connectionState }) => connectionState)).toEqual(['closed', 'new'])
  })
})

describe('a media connection', () => {
  it('that fails is restarted with fresh ICE servers', async () => {
    await t.talk('them')
    t.iceResponse = async () => Response.json({ iceServers: [{ urls: 'turn:new.example' }] })
    t.now += 60_000
    t.lastConnection.enterState('failed')
    await t.clock.advance(1000)
    await settle()
    expect(t.call.state).toMatchObject({ name: 'talking', media: 'reconnecting' })
    expect(t.lastConnection.configuration.iceServers).toEqual([{ urls: 'turn:new.example' }])
    expect([t.lastConnection.restarts, t.server.reconnects]).toEqual([1, 1])
    t.lastConnection.enterState('connected')
    expect(t.call.state).toMatchObject({ name: 'talking', media: 'connected' })
  })

  it('sends a key frame once it is restored', async () => {
    await t.talk('them')
    const sender = t.lastConnection.getTransceivers()[1]?.sender
    t.lastConnection.enterState('disconnected')
    await settle()
    expect(sender?.keyFrames).toBe(0)
    t.lastConnection.enterState('connected')
    await settle()
    expect(sender?.keyFrames).toBe(1)
  })

  it('that is never established counts as failing', async () => {
    await t.join()
    t.server.emit.join('them', '')
    await t.receive(offerOf('THEIRS'), 'them')
    await t.clock.advance(20_000)
    expect(t.call.state).toEqual({ name: 'connecting', signaling: 'connected', media: 'failing' })
  })

  it('is restarted when the network changes', async () => {
    await t.talk('one', 'two')
    t.call.onNetworkChange()
    await settle()
    expect(t.connections.map(({ restarts }) => restarts)).toEqual([1, 1])
    expect(t.server.reconnects).toBeGreaterThan(0)
  })

  it('is restarted once if the browser reports a change twice', async () => {
    await t.talk('them')
    t.call.onNetworkChange()
    t.call.onNetworkChange()
    await settle()
    expect(t.lastConnection.restarts).toBe(1)
  })

  it('is not restarted without a network, but signaling is checked', async () => {
    await t.talk('them')
    t.call.checkConnection()
    await settle()
    expect([t.lastConnection.restarts, t.server.reconnects]).toEqual([0, 1])
  })

  it('is restarted at once after a reconnect, with the ICE servers that came with the seat', async () => {
    await t.talk('them')
    t.iceResponse = () => new Promise(() => undefined) // the network is gone
    t.lastConnection.enterState('disconnected')
    t.server.emit.connected()
    t.server.giveSeat(['them'], { iceServers: [{ urls: 'turn:new.example' }] })
    await settle()
    expect(t.lastConnection.restarts).toBe(1)
    expect(t.lastConnection.configuration.iceServers).toEqual([{ urls: 'turn:new.example' }])
  })
})

describe('video that somebody saves data on', () => {
  const encodingOf = (connection: FakePeerConnection) =>
    connection.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video')?.sender
      .parameters.encodings[0]

  it('is asked of each as much as is wanted, and answered as they want', async () => {
    await t.talk('them')
    const { channel } = t.lastConnection
    channel?.open()
    const last = () => JSON.parse(channel?.sent.at(-1) ?? '') as object
    expect(last()).toMatchObject({ want: 'full' })
    const [them] = t.call.participants
    them?.limitVideo('none', false)
    expect(last()).toMatchObject({ muted: false, camera: true, want: 'none' })
    expect(them?.wanted).toBe('none')

    for (const [want, active, maxBitrate] of [
      ['low', true, 150_000],
      ['none', false, 150_000],
      ['full', true, 2_000_000],
      ['some of a later version', true, 2_000_000],
    ]) {
      channel?.onmessage?.({ data: JSON.stringify({ muted: false, camera: true, want }) })
      await settle()
      expect(encodingOf(t.lastConnection)).toMatchObject({ active, maxBitrate })
    }
  })

  it('is small for everyone if it is ours', async () => {
    await t.talk('them')
    t.call.participants[0]?.limitVideo('low', true)
    await settle()
    expect(encodingOf(t.lastConnection)).toMatchObject({ active: true, maxBitrate: 150_000 })
  })

  it('is asked of a new connection, too', async () => {
    await t.talk('them')
    t.call.participants[0]?.limitVideo('none', true)
    await t.receive(offerOf('OTHER'), 'them')
    const { channel } = t.lastConnection
    channel?.open()
    expect(JSON.parse(channel?.sent[0] ?? '')).toMatchObject({ want: 'none' })
    expect(encodingOf(t.lastConnection)).toMatchObject({ maxBitrate: 150_000 })
  })
})
