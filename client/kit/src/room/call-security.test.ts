import { beforeEach, describe, expect, it, vi } from 'vitest'
import { answerOf, CallTest, key, offerOf } from '../../testing/call-test.ts'
import { certificateOf, fingerprintOf } from '../../testing/fingerprint-line.ts'
import { CodeExchange } from '../trust/code-exchange.ts'
import { settle } from '../../testing/fake-clock.ts'
import { DescriptionMac } from '../trust/description-mac.ts'
import { Verification } from '../trust/verification.ts'
import type { Description, DescriptionPayload } from '../signaling/protocol.ts'

let t: CallTest

beforeEach(() => {
  t = new CallTest()
})

describe('a call with a key', () => {
  let them: Verification
  beforeEach(() => {
    them = new Verification(crypto.subtle, new DescriptionMac(crypto.subtle, 'room', [key]))
    t.call = t.newCall({ room: 'room', password: false, key })
  })

  const sign = (sdp: Description, offer: number, name = 'Them') =>
    them.sign({ sdp, offer }, 'them', 'me', name)
  const participant = () => t.call.participants[0]

  /** Takes our offer, and answers it. */
  async function answer(name?: string): Promise<DescriptionPayload> {
    await vi.waitFor(() => expect(t.server.descriptions).toEqual(['offer them']))
    const sent = t.server.sent[0]?.payload
    if (!sent || !('sdp' in sent)) throw new Error('no offer')
    expect((await them.verify(sent, 'me', 'them')).name).toBe('accepted')
    return sign(answerOf('THEIRS'), sent.offer ?? 0, name)
  }

  it('is verified where both have it, once DTLS has used the certificate', async () => {
    await t.join(['them'])
    const signed = await answer()
    await t.receive(signed.sdp, 'them', signed)
    await vi.waitFor(() => expect(t.lastConnection.signalingState).toBe('stable'))
    expect(participant()?.verification).toEqual({ name: 'pending' })
    t.lastConnection.enterState('connected')
    await vi.waitFor(() => expect(participant()?.verification).toEqual({ name: 'verified' }))
  })

  it('ends if DTLS has used another certificate', async () => {
    await t.join(['them'])
    const signed = await answer()
    await t.receive(signed.sdp, 'them', signed)
    await vi.waitFor(() => expect(t.lastConnection.signalingState).toBe('stable'))
    t.server.sent.length = 0
    t.lastConnection.transport.state = 'connected'
    t.lastConnection.transport.certificates = [certificateOf('EVE')]
    t.lastConnection.enterState('connected')
    await vi.waitFor(() => expect(participant()?.connection).toBe('rejected'))
    expect(participant()?.verification).toEqual({ name: 'failed' })
    expect(participant()?.stream).toBeUndefined()
    expect(t.lastConnection.connectionState).toBe('closed')
    expect(t.server.sent).toEqual([{ payload: { refused: true }, to: 'them' }])
  })

  it('shows the name that was signed, whatever the server says before and after', async () => {
    await t.join()
    t.server.emit.join('them', 'Mallory')
    const signed = await sign(offerOf('THEIRS'), 1, '\u202eAnn')
    await t.receive(signed.sdp, 'them', signed)
    await vi.waitFor(() => expect(participant()?.name).toBe('Ann'))
    t.server.emit.join('them', 'Mallory')
    expect(participant()?.name).toBe('Ann')
    t.server.giveSeat([{ id: 'them', name: 'Mallory', away: false }], { resumed: true })
    expect(participant()?.name).toBe('Ann')
  })

  it('signs our name', async () => {
    await t.join(['them'])
    await answer()
    expect(t.server.sent[0]?.payload).toMatchObject({ name: 'Me' })
  })

  it('ignores an old offer that the server repeats', async () => {
    await t.join()
    t.server.emit.join('them', '')
    const [old, now] = [await sign(offerOf('OLD'), 1), await sign(offerOf('NOW'), 2)]
    await t.receive(old.sdp, 'them', old)
    await t.receive(now.sdp, 'them', now)
    await vi.waitFor(() => expect(t.connections).toHaveLength(2))
    await t.receive(old.sdp, 'them', old)
    await settle()
    expect(t.connections).toHaveLength(2)
    expect(participant()?.connection).not.toBe('rejected')
  })

  it.each(['missing', 'of another'])('rejects a description whose MAC is %s', async (which) => {
    await t.join()
    t.server.emit.join('them', '')
    const other = await sign(offerOf('OTHER'), 1)
    await t.receive(offerOf('THEIRS'), 'them', which === 'missing' ? {} : other)
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
  const participant = () => t.call.participants[0]
  const channel = () => t.lastConnection.channel

  it('has a security code once both have revealed their numbers', async () => {
    await t.talk('them')
    channel()?.open()
    await vi.waitFor(() => expect(channel()?.sent.some(isCommit)).toBe(true))
    expect(participant()?.verification).toEqual({ name: 'pending' })
    const local = fingerprintOf(t.lastConnection.name)
    const codes: string[] = []
    const them = new CodeExchange(
      crypto.subtle,
      { local: fingerprintOf('OF them'), remote: local },
      { left: 1 },
      {
        send: (message) => channel()?.onmessage?.({ data: JSON.stringify(message) }),
        code: (code) => codes.push(code),
        failed: () => expect.unreachable(),
      },
    )
    const passed = new Set<string>()
    await vi.waitFor(async () => {
      for (const text of channel()?.sent ?? []) {
        if (!passed.has(text)) await them.receive(JSON.parse(text))
        passed.add(text)
      }
      expect(participant()?.verification).toEqual({ name: 'code', code: codes[0] })
    })
  })

  const isCommit = (text: string) => text.includes('commit')

  it('ends if the other side cheats with its code', async () => {
    await t.talk('them')
    channel()?.open()
    for (const message of [{ commit: 'x' }, { reveal: 'AAAAAAAAAAAAAAAAAAAAAA' }]) {
      channel()?.onmessage?.({ data: JSON.stringify(message) })
    }
    await vi.waitFor(() => expect(participant()?.connection).toBe('rejected'))
    expect(t.server.sent).toContainEqual({ payload: { refused: true }, to: 'them' })
  })

  it('ends if the other side refuses it', async () => {
    await t.talk('them')
    t.server.emit.message({ refused: true }, 'them')
    await vi.waitFor(() => expect(participant()?.connection).toBe('rejected'))
  })

  it('refuses a description that browsers read differently', async () => {
    await t.join()
    t.server.emit.join('them', '')
    const { type, sdp } = offerOf('THEIRS')
    await t.receive({ type, sdp: `${sdp}\na=FINGERPRINT:sha-256 AA:BB` }, 'them')
    await vi.waitFor(() => expect(participant()?.connection).toBe('rejected'))
    expect(t.connections).toHaveLength(0)
  })

  it('has the name that the server tells', async () => {
    await t.join()
    t.server.emit.join('them', 'Ann')
    t.server.emit.join('them', 'Bo')
    expect(participant()?.name).toBe('Bo')
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

  it('is not asked for after a reload, until it is wrong', async () => {
    await tryPassword('right')
    t.server.giveSeat([])
    const proof = t.server.requests.at(-1)?.[1]?.proof
    const known = JSON.stringify(t.tab.getItem('vidchat.password.pw-room'))
    expect(known).toContain(proof)
    expect(known).not.toContain('right')

    t.call.unload()
    t.call = t.newCall({ room: 'pw-room', password: true, key })
    expect(t.call.state.name).toBe('pre-join')
    t.call.join({ name: '', password: '' })
    t.server.emit.connected()
    expect(t.server.requests.at(-1)?.[1]?.proof).toBe(proof)

    t.server.emit.refused({ reason: 'denied', retryAfter: 0 })
    expect(t.call.state).toMatchObject({ name: 'password', problem: 'wrong' })
    t.call = t.newCall({ room: 'pw-room', password: true, key })
    expect(t.call.state.name).toBe('password')
  })

  const kept = () => t.tab.getItem('vidchat.password.pw-room')

  it('is kept from when it let us in', async () => {
    await tryPassword('right')
    expect(kept()).toBeNull()
    t.server.giveSeat([])
    expect(kept()).not.toBeNull()
    t.call.leave()
    expect(kept()).toBeNull()
    t.call.join({ name: '', password: '' })
    t.server.emit.connected()
    t.server.giveSeat([])
    expect(kept()).not.toBeNull()
  })

  it('is kept from when the lock alone keeps us out, also after a knock that was denied', async () => {
    await tryPassword('right')
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    t.call.knock('Me')
    const proof = t.server.requests.at(-1)?.[1]?.proof
    t.server.emit.denied()
    expect(t.call.state).toEqual({ name: 'denied' })

    t.call.join({ name: 'Me', password: '', knock: true })
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    t.server.emit.denied()

    t.call = t.newCall({ room: 'pw-room', password: true, key })
    expect(t.call.state.name).toBe('pre-join')
    t.call.join({ name: 'Me', password: '', knock: true })
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    expect(t.server.requests.at(-1)).toMatchObject(['knock', { proof }])
    t.call.leave()
    expect(kept()).toBeNull()
  })

  it.each<[string, () => void]>([
    ['we moved to another tab', () => t.server.emit.moved()],
    ['the room is full', () => t.server.emit.refused({ reason: 'full', retryAfter: 0 })],
    ['the link is rejected', () => t.server.emit.refused({ reason: 'invalid', retryAfter: 0 })],
  ])('is not kept once %s', async (_, ends) => {
    await tryPassword('right')
    t.server.giveSeat([])
    t.call.unload()
    t.call = t.newCall({ room: 'pw-room', password: true, key })
    t.call.join({ name: '', password: '' })
    t.server.emit.connected()
    ends()
    expect(kept()).toBeNull()
  })

  it('has no effect once the user has left', async () => {
    t.call.join({ name: '', password: 'right' })
    t.call.leave()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect([t.server.rooms.length, t.call.state.name]).toEqual([0, 'left'])
  })
})
