import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../kit/testing/fake-clock.ts'
import { FakeRtc } from '../testing/fake-channels.ts'
import { connect, disconnect, FakeMember, FakePage } from '../testing/fake-members.ts'
import type { Delivery } from './entries.ts'
import { HELLO_TIMEOUT, SILENCE_TIMEOUT } from './link.ts'
import { LIMITATION_TIME } from './limitations.ts'
import { MAX_ENTRIES } from './log.svelte.ts'
import { REACTION_TIME } from './signals.svelte.ts'

let clock: FakeClock
let ann: FakePage
let bo: FakePage
const page = 'AbCdEfGhIjKlMnOpQrStUv'

beforeEach(() => {
  clock = new FakeClock()
  ann = new FakePage('ann', clock)
  bo = new FakePage('bo', clock)
})

afterEach(() => vi.restoreAllMocks())

/** Where the last text of this page is with somebody. */
function deliveryTo({ talk }: FakePage, id: string): Delivery | undefined {
  const entry = talk.log.entries.findLast(({ kind }) => kind === 'text')
  return entry?.kind === 'text' ? entry.to.get(id)?.delivery : undefined
}

/** A member at a page, of whom the test says what they say. */
function stranger(page: FakePage, verified = true): FakeMember {
  const member = new FakeMember('stranger', new FakeRtc())
  if (!verified) member.verification = { name: 'pending' }
  page.participants = [...page.participants, member]
  page.talk.changed()
  return member
}

const say = (page: FakePage, member: FakeMember, message: object) =>
  page.talk.heard(member, JSON.stringify(message))

describe('texts', () => {
  it('arrive in order, and are confirmed', () => {
    connect(ann, bo)
    ann.talk.write('one')
    ann.talk.write('two')
    expect(deliveryTo(ann, 'bo')).toBe('delivered')
    bo.talk.write('three')
    expect(bo.texts()).toEqual(['one', 'two', 'three'])
    expect(ann.texts()).toEqual(['one', 'two', 'three'])
    expect(bo.talk.log.entries[0]?.author).toEqual({ id: 'ann', name: 'ANN' })
  })

  it.each(['', '  \n', '\u202e'])('are not sent if there is nothing to see in %j', (text) => {
    connect(ann, bo)
    expect(ann.talk.write(text)).toBe(false)
  })

  it('are not sent to nobody', () => {
    expect(ann.talk.write('hello?')).toBe(false)
    expect(ann.texts()).toEqual([])
  })

  it('that were lost with a connection arrive over the next one, once and in order', () => {
    connect(ann, bo)
    ann.talk.write('one')
    ann.of('bo').receive = () => undefined // it is lost on its way
    ann.talk.write('two')
    bo.of('ann').receive = () => undefined // the confirmation is lost
    disconnect(ann, bo)
    ann.talk.write('three')
    expect(deliveryTo(ann, 'bo')).toBe('sending')
    connect(ann, bo)
    expect(bo.texts()).toEqual(['one', 'two', 'three'])
    expect(deliveryTo(ann, 'bo')).toBe('delivered')
  })

  it('are shown once if only their confirmation was lost', () => {
    connect(ann, bo)
    bo.of('ann').receive = () => undefined
    ann.talk.write('one')
    expect(deliveryTo(ann, 'bo')).toBe('sending')
    connect(ann, bo)
    expect(bo.texts()).toEqual(['one'])
    expect(deliveryTo(ann, 'bo')).toBe('delivered')
  })

  it('of a page that was reloaded are new ones', () => {
    connect(ann, bo)
    ann.talk.write('one')
    ann = new FakePage('ann', clock)
    connect(ann, bo)
    ann.talk.write('two')
    expect(bo.texts()).toEqual(['one', 'two'])
  })

  it('that did not reach somebody who left can be sent again', () => {
    const cy = new FakePage('cy', clock)
    connect(ann, bo)
    connect(ann, cy)
    disconnect(ann, bo)
    ann.talk.write('one')
    expect([deliveryTo(ann, 'bo'), deliveryTo(ann, 'cy')]).toEqual(['sending', 'delivered'])
    ann.participants = ann.participants.filter(({ id }) => id !== 'bo')
    ann.talk.changed()
    expect(deliveryTo(ann, 'bo')).toBe('left')
    const [entry] = ann.talk.log.entries
    if (entry?.kind !== 'text') throw new Error('no text')
    expect(ann.talk.canWriteAgain(entry)).toBe(false) // Bo is not here
    const back = new FakePage('bo-again', clock)
    connect(ann, back)
    expect(ann.talk.canWriteAgain(entry)).toBe(true)
    ann.talk.writeAgain(entry.key)
    expect(back.texts()).toEqual(['one'])
    expect(cy.texts()).toEqual(['one'])
    expect([deliveryTo(ann, 'bo'), deliveryTo(ann, 'bo-again')]).toEqual([undefined, 'delivered'])
  })

  it('are not for those who come later', () => {
    const cy = new FakePage('cy', clock)
    connect(ann, bo)
    ann.talk.write('one')
    connect(ann, cy)
    expect(cy.texts()).toEqual([])
  })
})

describe('an older page', () => {
  it('without a data channel cannot read along', () => {
    const rtc = new FakeRtc()
    rtc.remoteDescription.sdp = 'm=audio 9 X'
    ann.participants = [new FakeMember('old', rtc)]
    ann.talk.changed()
    expect([...ann.talk.deaf]).toEqual(['old'])
    ann.talk.write('hello?')
    expect(deliveryTo(ann, 'old')).toBe('deaf')
    ann.participants = []
    ann.talk.changed()
    expect([...ann.talk.deaf]).toEqual([])
  })

  it('that says nothing at all once it is connected is not waited for as long', async () => {
    const old = new FakeMember('stranger', new FakeRtc())
    old.verification = { name: 'pending' }
    old.mediaState = undefined
    old.connection = 'connecting'
    ann.participants = [old]
    ann.talk.changed()
    await clock.advance(SILENCE_TIMEOUT)
    expect([...ann.talk.deaf]).toEqual([])
    old.connection = 'connected'
    ann.talk.changed()
    await clock.advance(SILENCE_TIMEOUT)
    expect([...ann.talk.deaf]).toEqual(['stranger'])
  })

  it('that turns out to be a slow one gets what was written meanwhile', async () => {
    const slow = stranger(ann)
    await clock.advance(HELLO_TIMEOUT)
    ann.talk.write('hello?')
    expect(deliveryTo(ann, 'stranger')).toBe('deaf')
    say(ann, slow, { talk: 1 })
    say(ann, slow, { got: 1 })
    expect([...ann.talk.deaf]).toEqual([])
    expect(deliveryTo(ann, 'stranger')).toBe('delivered')
  })

  it('that does not say that it can talk is waited for, and then cannot', async () => {
    const old = stranger(ann)
    ann.talk.write('hello?')
    await clock.advance(HELLO_TIMEOUT)
    expect([...ann.talk.deaf]).toEqual(['stranger'])
    expect(deliveryTo(ann, 'stranger')).toBe('deaf')
    expect(old.sent).toHaveLength(1) // that we can
  })
})

describe('before a connection is checked', () => {
  it('nothing is said over it', () => {
    const member = stranger(ann, false)
    say(ann, member, { talk: 1, files: 1e9 })
    ann.talk.write('secret')
    ann.talk.setHand(true)
    ann.talk.react('👍')
    ann.talk.offer([new File(['x'], 'secret.txt')])
    expect(member.sent).toEqual([])
    expect(ann.talk.takes).toBe(0)
    member.verification = { name: 'verified' }
    ann.talk.changed()
    expect(member.sent.map((data) => Object.keys(JSON.parse(data))[0])).toEqual([
      'talk',
      'text',
      'file',
    ])
  })

  it('nothing is heard over it, until it is', () => {
    const member = stranger(ann, false)
    say(ann, member, { talk: 1 })
    say(ann, member, { text: 'hi', page, n: 1 })
    expect(ann.texts()).toEqual([])
    member.verification = { name: 'code', code: '123456' }
    ann.talk.changed()
    expect(ann.texts()).toEqual(['hi'])
  })

  it.each([
    ['refused', (member: FakeMember) => void (member.rtc = undefined)],
    ['replaced', (member: FakeMember) => void (member.rtc = new FakeMember('', new FakeRtc()).rtc)],
  ])('what was heard is forgotten if it is %s', (_, change) => {
    const member = stranger(ann, false)
    say(ann, member, { text: 'hi', page, n: 1 })
    change(member)
    ann.talk.changed()
    member.verification = { name: 'verified' }
    ann.talk.changed()
    expect(ann.texts()).toEqual([])
  })

  it('only so much is kept', () => {
    const member = stranger(ann, false)
    for (let n = 1; n <= 1000; n++) say(ann, member, { text: `${n}`, page, n })
    member.verification = { name: 'verified' }
    ann.talk.changed()
    expect(ann.texts()).toHaveLength(64)
  })

  it('nothing goes to a member that was refused later', () => {
    connect(ann, bo)
    const { sent } = ann.of('bo')
    const before = sent.length
    ann.of('bo').verification = { name: 'failed' }
    ann.talk.changed()
    ann.talk.write('secret')
    ann.talk.setHand(true)
    expect(sent).toHaveLength(before)
  })
})

describe('somebody who sends too much', () => {
  it('has some of it shown, and the others are told', () => {
    connect(ann, bo)
    const member = stranger(ann)
    for (let n = 1; n <= 1000; n++) say(ann, member, { text: `${n}`, page, n })
    expect(ann.texts().length).toBeLessThan(150)
    expect([...ann.talk.flooding]).toEqual(['stranger'])
  })

  it.each([
    ['is shown what was dropped when it is repeated, and only then told that it arrived', 150, 150],
    ['is not told that texts arrived which are not remembered', 3000, undefined],
  ])('%s', (_, count, confirmed) => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const member = stranger(ann)
    const write = (n: number) => say(ann, member, { text: `${n}`, page, n })
    const got = () =>
      member.sent.flatMap((data) => (JSON.parse(data) as { got?: number }).got ?? [])
    for (let n = 1; n <= count; n++) write(n)
    now += 60_000
    write(count + 1)
    expect([ann.texts().length, got().length]).toEqual([101, 101])
    write(count)
    expect(got().at(-1)).toBe(confirmed ?? count + 1)
    if (!confirmed) return
    for (let n = 1; n <= count; n++) write(n) // those that were shown are confirmed again
    expect(ann.texts()).toHaveLength(count + 1)
    expect(new Set(got()).size).toBe(count + 1)
  })

  it('does not push out what others wrote', () => {
    connect(ann, bo)
    bo.talk.write('kept')
    for (let number = 0; number < MAX_ENTRIES + 50; number++) ann.talk.write(`${number}`)
    expect(ann.talk.log.entries).toHaveLength(MAX_ENTRIES)
    expect(ann.talk.log.shortened).toBe(true)
    expect(ann.texts()[0]).toBe('kept')
  })

  it('is not shown to offer files without end', () => {
    const member = stranger(ann)
    for (let number = 0; number < 500; number++) {
      const id = String(number).padStart(22, '0')
      say(ann, member, { file: 'offer', id, name: 'x', size: 1 })
    }
    expect(ann.talk.log.entries).toHaveLength(20)
  })

  it('is not answered with more than they sent', () => {
    const member = stranger(ann)
    say(ann, member, { talk: 1 })
    for (let number = 0; number < 100; number++) {
      say(ann, member, { talk: 1 })
      say(ann, member, { hand: number })
      say(ann, member, { reaction: '👍' })
    }
    expect(member.sent).toHaveLength(1)
  })
})

describe('hands and reactions', () => {
  it('have the same order for everyone, and for those who come later', () => {
    connect(ann, bo)
    bo.talk.setHand(true)
    ann.talk.setHand(true)
    const cy = new FakePage('cy', clock)
    connect(cy, ann)
    connect(cy, bo)
    for (const each of [ann, bo, cy]) expect(each.talk.signals.order).toEqual(['bo', 'ann'])
    bo.talk.setHand(false)
    for (const each of [ann, bo, cy]) expect(each.talk.signals.order).toEqual(['ann'])
    expect(ann.talk.isHandRaised).toBe(true)
  })

  it('are ordered by id if they were raised at the same time', () => {
    ann.talk.setHand(true)
    bo.talk.setHand(true)
    connect(ann, bo)
    for (const each of [ann, bo]) expect(each.talk.signals.order).toEqual(['ann', 'bo'])
  })

  it('go with whoever leaves', () => {
    connect(ann, bo)
    bo.talk.setHand(true)
    bo.talk.react('👏')
    ann.participants = []
    ann.talk.changed()
    expect(ann.talk.signals.order).toEqual([])
    expect(ann.talk.signals.reactions.size).toBe(0)
  })

  it('are forgotten if their page was reloaded', () => {
    connect(ann, bo)
    bo.talk.setHand(true)
    connect(ann, new FakePage('bo', clock))
    expect(ann.talk.signals.order).toEqual([])
  })

  it('a reaction goes by itself', async () => {
    connect(ann, bo)
    bo.talk.react('👏')
    expect(ann.talk.signals.reactions.get('bo')).toBe('👏')
    bo.talk.react('👍')
    await clock.advance(REACTION_TIME - 1)
    expect(ann.talk.signals.reactions.get('bo')).toBe('👍')
    await clock.advance(1)
    expect(ann.talk.signals.reactions.size).toBe(0)
  })
})

describe('what limits the video of a member', () => {
  beforeEach(() => {
    connect(ann, bo)
    ann.talk.tellLimitation('bo', 'cpu')
  })

  it('is known to those who are told, until it is no longer so', () => {
    expect(bo.talk.limitations.of('ann')).toBe('cpu')
    expect(ann.talk.limitations.of('bo')).toBe('none')
    ann.talk.tellLimitation('bo', 'none')
    expect(bo.talk.limitations.of('ann')).toBe('none')
  })

  it('is forgotten if it is not repeated', async () => {
    await clock.advance(LIMITATION_TIME - 1000)
    ann.talk.tellLimitation('bo', 'bandwidth')
    await clock.advance(LIMITATION_TIME - 1000)
    expect(bo.talk.limitations.of('ann')).toBe('bandwidth')
    await clock.advance(2000)
    expect(bo.talk.limitations.of('ann')).toBe('none')
  })

  it('is forgotten with the connection', () => {
    disconnect(ann, bo)
    expect(bo.talk.limitations.of('ann')).toBe('none')
  })

  it('is not heard over a connection that is not checked', () => {
    const member = stranger(bo, false)
    say(bo, member, { talk: 1 })
    say(bo, member, { quality: 'cpu' })
    expect(bo.talk.limitations.of('stranger')).toBe('none')
  })
})
