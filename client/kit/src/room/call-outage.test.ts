import { beforeEach, describe, expect, it } from 'vitest'
import { settle } from '../../testing/fake-clock.ts'
import { CallTest } from '../../testing/call-test.ts'

let t: CallTest

beforeEach(() => {
  t = new CallTest()
})

describe('a server that restarts', () => {
  it('counts as gone if it is not back within a minute', async () => {
    await t.join()
    t.server.emit.restarting()
    t.server.emit.disconnected()
    await t.clock.advance(59_999)
    expect(t.call.state).toMatchObject({ signaling: 'restarting' })
    await t.clock.advance(1)
    expect(t.call.state).toMatchObject({ name: 'waiting', signaling: 'disconnected' })
  })

  it('does not once it is back', async () => {
    await t.join()
    t.server.emit.restarting()
    t.server.emit.connected()
    t.server.giveSeat([])
    await t.clock.advance(60_000)
    expect(t.call.state).toMatchObject({ signaling: 'connected' })
  })
})

describe('once the server is back', () => {
  for (const [bytes, restarts] of [
    [0, 1],
    [1, 0],
  ] as const) {
    it(`ICE is restarted ${restarts} times if ${bytes} bytes arrive: relays end with the server`, async () => {
      await t.talk('them')
      t.server.emit.disconnected()
      t.server.emit.connected()
      t.server.giveSeat(['them'])
      await settle()
      t.lastConnection.bytesReceived += bytes
      await t.clock.advance(1000)
      expect(t.lastConnection.restarts).toBe(restarts)
    })
  }
})

describe('while the server is gone', () => {
  it('a participant who closes the connection has left', async () => {
    await t.talk('them')
    t.server.emit.disconnected()
    t.lastConnection.channel?.onclose?.()
    await settle()
    expect(t.call.state).toMatchObject({ name: 'waiting', signaling: 'disconnected' })
    expect(t.call.participants).toEqual([])
  })

  it('and is called again if the server says otherwise later', async () => {
    await t.talk('them')
    t.server.emit.disconnected()
    t.lastConnection.channel?.onclose?.()
    t.server.emit.connected()
    t.server.giveSeat(['them'], { resumed: true })
    await settle()
    expect(t.call.state.name).toBe('connecting')
    expect(t.server.descriptions).toEqual(['offer them'])
  })
})
