import { beforeEach, describe, expect, it } from 'vitest'
import { CallTest, joinOptions } from '../../testing/call-test.ts'

let t: CallTest

beforeEach(() => {
  t = new CallTest()
})

describe('a locked room', () => {
  it('is entered by a knock that is admitted', async () => {
    t.call.join(joinOptions)
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    expect(t.call.state).toEqual({ name: 'locked' })
    t.call.knock('Me')
    expect(t.call.state).toEqual({ name: 'knocking' })
    expect(t.server.requests.at(-1)?.[0]).toBe('knock')
    t.server.emit.disconnected()
    t.server.emit.connected()
    expect(t.server.requests.map(([what]) => what)).toEqual(['enter', 'knock', 'knock'])
    await t.clock.advance(1001)
    t.server.emit.admitted()
    expect(t.server.requests.at(-1)?.[0]).toBe('enter')
    t.server.giveSeat([], { locked: true })
    expect([t.call.state.name, t.call.lockStatus]).toEqual(['waiting', 'locked'])
  })

  it('is not entered after a restart before the participants are back', async () => {
    t.call.join(joinOptions)
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    t.call.knock('Me')
    t.server.emit.disconnected()
    t.server.emit.connected()
    t.server.emit.admitted() // at once: by a server that has forgotten the lock
    const asked = () => t.server.requests.map(([what]) => what).join(' ')
    expect([t.call.state.name, asked()]).toEqual(['knocking', 'enter knock knock'])
    await t.clock.advance(14_999)
    expect(asked()).toBe('enter knock knock')
    await t.clock.advance(1)
    expect(asked()).toBe('enter knock knock knock')
    t.server.emit.admitted()
    expect(asked()).toBe('enter knock knock knock enter')
  })

  it.each(['before', 'after'])(
    'is entered at once if the server forgets nothing, told %s the admission',
    (when) => {
      t.call.join(joinOptions)
      t.server.emit.connected()
      t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
      t.call.knock('Me')
      t.server.emit.disconnected()
      t.server.emit.connected()
      if (when === 'before') t.server.emit.remembers()
      t.server.emit.admitted()
      if (when === 'after') {
        t.server.emit.remembers() // so it knocks again
        t.server.emit.admitted()
      }
      expect(t.server.requests.at(-1)?.[0]).toBe('enter')
    },
  )

  it('is not entered then by a client that has not knocked yet either', async () => {
    t.call.join(joinOptions)
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    t.server.emit.disconnected()
    t.server.emit.connected()
    expect(t.call.state).toEqual({ name: 'locked' })
    await t.clock.advance(5000)
    t.call.knock('Me')
    t.server.emit.admitted()
    const asked = () => t.server.requests.map(([what]) => what).join(' ')
    expect(asked()).toBe('enter knock')
    await t.clock.advance(10_000)
    expect(asked()).toBe('enter knock knock')
  })

  it('that is unlocked only for a moment gets another knock', () => {
    t.call.join(joinOptions)
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    t.call.knock('Me')
    t.server.emit.admitted()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    expect(t.call.state).toEqual({ name: 'knocking' })
    expect(t.server.requests.map(([what]) => what)).toEqual(['enter', 'knock', 'enter', 'knock'])
  })

  it('reports the knocks to participants who come back', async () => {
    const ann = { id: 'k1', name: 'Ann' }
    await t.join()
    t.server.emit.locked(true)
    t.server.emit.knock('k0', 'Zoe')
    t.server.emit.disconnected()
    t.server.emit.connected()
    t.server.giveSeat([], { resumed: true, locked: true, knocks: [ann] })
    expect(t.call.knocks).toEqual([ann])
  })

  it('is asked at once by those who said they want to', () => {
    t.call.join({ ...joinOptions, knock: true })
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    expect(t.call.state).toEqual({ name: 'knocking' })
    expect(t.server.requests.map(([what]) => what)).toEqual(['enter', 'knock'])
  })

  it('shows the name that was entered last', () => {
    t.call.join({ ...joinOptions, name: '' })
    t.server.emit.connected()
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    t.call.knock('Ann')
    expect(t.server.requests.at(-1)).toMatchObject(['knock', { name: 'Ann' }])
    t.server.emit.admitted()
    expect(t.server.requests.at(-1)).toMatchObject(['enter', { name: 'Ann' }])
  })

  it('keeps the seat of a member whose page is reloaded', async () => {
    await t.talk('them')
    t.server.emit.locked(true)
    t.call.unload()
    expect([t.call.state, t.server.state]).toEqual([
      { name: 'left', reason: 'hung-up' },
      'suspended',
    ])
  })

  it('gives up the seat of a member who hangs up, or of a room without lock', async () => {
    await t.talk('them')
    t.call.unload()
    expect(t.server.state).toBe('closed')
    await t.talk('them')
    t.server.emit.locked(true)
    t.call.leave()
    expect(t.server.state).toBe('closed')
  })

  it('may deny a knock', () => {
    t.call.join(joinOptions)
    t.server.emit.refused({ reason: 'locked', retryAfter: 0 })
    t.call.knock('Me')
    t.server.emit.denied()
    expect(t.call.state).toEqual({ name: 'denied' })
    expect(t.stopMedia).toHaveBeenCalledOnce()
    expect(t.server.state).toBe('closed')
  })

  it('has knocks that participants answer', async () => {
    await t.talk('them')
    t.call.setLocked(true)
    expect(t.server.locks).toEqual([true])
    t.server.emit.locked(true)
    expect(t.call.lockStatus).toBe('locked')
    t.server.emit.knock('k1', 'Ann')
    t.server.emit.knock('k2', '')
    expect(t.call.knocks).toEqual([
      { id: 'k1', name: 'Ann' },
      { id: 'k2', name: '' },
    ])
    for (const knock of t.call.knocks) t.call.answerKnock(knock, knock.name === 'Ann')
    expect(t.server.knockAnswers).toEqual(['admit k1', 'deny k2'])
    t.server.emit.unknock('k1')
    expect(t.call.knocks.map(({ id }) => id)).toEqual(['k2'])
  })

  it('is locked again after a restart, once the participants are back', async () => {
    await t.talk('them')
    t.server.emit.locked(true)
    t.server.emit.disconnected()
    t.server.emit.connected()
    t.server.giveSeat([])
    expect([t.call.lockStatus, t.server.locks]).toEqual(['relocking', []])
    t.server.emit.join('them', '')
    expect(t.server.locks).toEqual([true])
  })

  it('is locked again after a restart, even if a participant stays away', async () => {
    await t.talk('them')
    t.server.emit.locked(true)
    t.server.emit.connected()
    t.server.giveSeat([])
    t.lastConnection.bytesReceived = 1
    await t.clock.advance(12_000)
    expect(t.server.locks).toEqual([true])
  })

  it('is locked again at once after a restart if nobody else was inside', async () => {
    await t.join()
    t.server.emit.locked(true)
    t.server.emit.connected()
    t.server.giveSeat([])
    await t.clock.advance(0)
    expect(t.server.locks).toEqual([true])
  })

  it.each([{ resumed: true }, { remembers: true }])(
    'stays unlocked if it was unlocked while we were away, as an answer shows with %j',
    async (answer) => {
      await t.talk('them')
      t.server.emit.locked(true)
      t.server.emit.connected()
      t.server.giveSeat(['them'], answer)
      await t.clock.advance(20_000)
      expect([t.call.lockStatus, t.server.locks]).toEqual(['unlocked', []])
    },
  )
})
