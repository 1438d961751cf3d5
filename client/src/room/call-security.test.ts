import { beforeEach, describe, expect, it, vi } from 'vitest'
import { answerOf, CallTest, key, offerOf, talking } from '../testing/call-test.ts'
import { settle } from '../testing/fake-clock.ts'
import { DescriptionMac } from '../trust/description-mac.ts'

let t: CallTest

beforeEach(() => {
  t = new CallTest()
})

describe('a call with a key', () => {
  const descriptionMac = new DescriptionMac(crypto.subtle, 'room', [key])
  beforeEach(() => {
    t.call = t.newCall({ room: 'room', password: false, key })
  })

  it('is verified where both have it', async () => {
    await t.join(['them'])
    await vi.waitFor(() => expect(t.server.descriptions).toEqual(['offer them']))
    const sent = t.server.sent[0]?.payload
    if (!sent || !('sdp' in sent)) throw new Error('no offer')
    expect(await descriptionMac.verify(sent.sdp, sent.mac, 'me', 'them')).toBe(true)
    const answer = answerOf('THEIRS')
    await t.receive(answer, 'them', await descriptionMac.sign(answer, 'them', 'me'))
    await vi.waitFor(() =>
      expect(t.call.participants[0]?.verification).toEqual({ name: 'verified' }),
    )
  })

  it.each(['missing', 'of another'])('rejects a description whose MAC is %s', async (which) => {
    await t.join()
    t.server.emit.join('them', '')
    const mac =
      which === 'missing' ? undefined : await descriptionMac.sign(offerOf('OTHER'), 'them', 'me')
    await t.receive(offerOf('THEIRS'), 'them', mac)
    await vi.waitFor(() => expect(t.call.participants[0]?.verification).toEqual({ name: 'failed' }))
    expect(t.call.state).toEqual({ name: 'connecting', signaling: 'connected', media: 'rejected' })
    expect(t.connections).toHaveLength(0)
    expect(t.server.sent).toEqual([{ payload: { refused: true }, to: 'them' }])
    await t.clock.advance(30_000)
    expect(t.call.state).toEqual({ name: 'connecting', signaling: 'connected', media: 'rejected' })
    expect([t.connections.length, t.server.sent.length]).toEqual([0, 1])
  })

  it('is closed if the other side rejected our description', async () => {
    await t.join(['them'])
    await vi.waitFor(() => expect(t.server.sent).toHaveLength(1))
    t.server.emit.message({ refused: true }, 'them')
    await vi.waitFor(() => expect(t.call.participants[0]?.connection).toBe('rejected'))
    expect(t.call.participants[0]?.verification).toEqual({ name: 'failed' })
    expect(t.lastConnection.connectionState).toBe('closed')
    expect(t.server.sent).toHaveLength(1)
  })

  it('closes the connection if the answer is forged', async () => {
    await t.join(['them'])
    await vi.waitFor(() => expect(t.server.sent).toHaveLength(1))
    await t.receive(answerOf('FORGED'), 'them')
    await vi.waitFor(() => expect(t.call.participants[0]?.connection).toBe('rejected'))
    expect(t.lastConnection.connectionState).toBe('closed')
    expect(t.lastConnection.remoteDescription).toBeNull()
    t.server.sent.length = 0
    t.call.reconnect()
    await vi.waitFor(() => expect(t.server.descriptions).toEqual(['offer them']))
    expect(t.call.participants[0]?.verification).toEqual({ name: 'pending' })
  })

  it('goes on after a description that could not be signed', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const sign = vi.spyOn(crypto.subtle, 'sign').mockRejectedValueOnce(new Error('no'))
    await t.join(['them'])
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce())
    expect(t.server.sent).toEqual([])
    t.call.onNetworkChange()
    await vi.waitFor(() => expect(t.server.descriptions).toEqual(['offer them']))
    sign.mockRestore()
    warn.mockRestore()
  })

  it.each<[string, () => void]>([
    ['the network changes', () => t.call.onNetworkChange()],
    ['we return to our seat', () => t.server.giveSeat(['them'], { resumed: true })],
    ['they return to theirs', () => t.server.emit.back('them')],
    ['they join again', () => t.server.emit.join('them', '')],
  ])('does not try a refused participant again when %s', async (_, happens) => {
    await t.join(['them'])
    await vi.waitFor(() => expect(t.server.sent).toHaveLength(1))
    t.server.emit.message({ refused: true }, 'them')
    await vi.waitFor(() => expect(t.call.participants[0]?.connection).toBe('rejected'))
    t.server.sent.length = 0
    happens()
    await t.clock.advance(30_000)
    expect(t.server.sent).toEqual([])
    expect(t.call.participants[0]?.connection).toBe('rejected')
  })
})

describe('a call without a key', () => {
  it('has a security code', async () => {
    await t.talk('them')
    await vi.waitFor(() => expect(t.call.participants[0]?.verification.name).toBe('code'))
  })

  it('ignores `refused`', async () => {
    await t.talk('them')
    t.server.emit.message({ refused: true }, 'them')
    await settle()
    expect(t.call.state).toEqual(talking)
  })
})

describe('a password', () => {
  beforeEach(() => {
    t.call = t.newCall({ room: 'pw-room', password: true, key })
  })

  async function tryPassword(password: string): Promise<void> {
    const before = t.server.rooms.length
    t.call.join({ name: '', password })
    await vi.waitFor(() => expect(t.server.rooms).toHaveLength(before + 1), { timeout: 10_000 })
    t.server.emit.connected()
  }

  it('is asked for, and proven to the server', async () => {
    expect(t.call.state.name).toBe('password')
    await tryPassword('right')
    const options = t.server.requests[0]?.[1]
    expect(options?.proof).toMatch(/^[\w-]{43}$/)
    t.server.giveSeat([])
    t.server.emit.disconnected()
    t.server.emit.connected()
    expect(t.server.requests.at(-1)?.[1]).toEqual(options)
    t.call.leave()
    t.call.join({ name: '', password: '' })
    t.server.emit.connected()
    expect(t.server.requests.at(-1)?.[1]).toEqual(options)
  })

  it('that is wrong is asked for again, after a while if there were too many', async () => {
    await tryPassword('wrong')
    t.server.emit.refused({ reason: 'denied', retryAfter: 9 })
    expect(t.call.state).toEqual({ name: 'password', problem: 'wrong', wait: 9 })
    await t.clock.advance(9000)
    expect(t.call.state).toEqual({ name: 'password', problem: 'wrong', wait: 0 })
  })

  it('of a new call completes the link, and a wrong one is not sent', async () => {
    const draft = { room: 'pw-0123456789abcdef0123456789abcdef', password: true, key, draft: true }
    t.call = t.newCall(draft)
    const onLink = vi.fn()
    t.call.join({ name: '', password: 'right', onLink })
    await vi.waitFor(() => expect(t.server.rooms).toHaveLength(1), { timeout: 10_000 })
    const { link } = t.call
    expect(link.room).toMatch(/^pw-0123456789abcdef0123456789abcdef-[\da-f]{32}$/)
    expect(t.server.rooms).toEqual([link.room])
    expect(onLink).toHaveBeenCalledExactlyOnceWith(link)

    t.call = t.newCall(link)
    t.call.join({ name: '', password: 'wrong' })
    const asked = { name: 'password', problem: 'wrong', wait: 0 }
    await vi.waitFor(() => expect(t.call.state).toEqual(asked), { timeout: 10_000 })
    expect(t.server.rooms).toHaveLength(1)
    t.call.join({ name: '', password: 'right' })
    await vi.waitFor(() => expect(t.server.rooms).toHaveLength(2), { timeout: 10_000 })
    expect(t.server.rooms[1]).toBe(link.room)
  })

  it('has no effect once the user has left', async () => {
    t.call.join({ name: '', password: 'right' })
    t.call.leave()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect([t.server.rooms.length, t.call.state.name]).toEqual([0, 'left'])
  })
})
