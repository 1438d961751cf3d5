import { describe, expect, it } from 'vitest'
import { announcementsBetween, type CallSnapshot, type PersonSnapshot } from './announcements.ts'

const unmuted = { muted: false, camera: true, screen: false }
const person = (label: string, changes: Partial<PersonSnapshot> = {}): PersonSnapshot => ({
  id: label,
  label,
  connection: 'connected',
  media: unmuted,
  ...changes,
})
const ann = person('Ann')
const bo = person('Bo')
const snapshot = (people: PersonSnapshot[], changes: Partial<CallSnapshot> = {}): CallSnapshot => ({
  inCall: true,
  people,
  locked: false,
  ...changes,
})
const outside = snapshot([], { inCall: false })

describe('announcements', () => {
  it.each<[string, CallSnapshot, CallSnapshot, string[]]>([
    ['who is here', outside, snapshot([ann, bo]), ['Ann and Bo are in the call.']],
    ['nobody is here', outside, snapshot([]), []],
    ['a join', snapshot([ann]), snapshot([ann, bo]), ['Bo joined.']],
    ['a leave', snapshot([ann, bo]), snapshot([bo]), ['Ann left.']],
    ['the last leave, which the state announces', snapshot([ann]), snapshot([]), []],
    [
      'a lock',
      snapshot([ann]),
      snapshot([ann], { locked: true }),
      ['The call is locked. New people must ask to join.'],
    ],
    [
      'an unlock',
      snapshot([ann], { locked: true }),
      snapshot([ann]),
      ['The call is unlocked. Anyone with the link can join.'],
    ],
    ['the end', snapshot([ann], { locked: true }), outside, []],
  ])('tell of %s', (_, before, after, expected) => {
    expect(announcementsBetween(before, after)).toEqual(expected)
  })

  it.each<[Partial<PersonSnapshot>, string[]]>([
    [{ media: { ...unmuted, muted: true } }, ['Ann turned their microphone off.']],
    [{ media: { ...unmuted, camera: false } }, ['Ann turned their camera off.']],
    [{ media: { ...unmuted, screen: true } }, ['Ann is sharing their screen.']],
    [{ connection: 'reconnecting' }, ['Reconnecting to Ann.']],
    [{ connection: 'failing' }, ['Can’t connect to Ann.']],
    [{ media: undefined }, []],
  ])('name the person: %j', (changes, expected) => {
    const changed = person('Ann', changes)
    expect(announcementsBetween(snapshot([ann, bo]), snapshot([changed, bo]))).toEqual(expected)
  })

  it('tell of the end of a change, too', () => {
    const before = person('Ann', {
      connection: 'failing',
      media: { muted: true, camera: true, screen: true },
    })
    expect(announcementsBetween(snapshot([before, bo]), snapshot([ann, bo]))).toEqual([
      'Ann turned their microphone on.',
      'Ann stopped sharing their screen.',
      'Connected to Ann again.',
    ])
  })

  it('leave the connection of a pair to the state', () => {
    const lost = person('Ann', { connection: 'reconnecting' })
    expect(announcementsBetween(snapshot([ann]), snapshot([lost]))).toEqual([])
  })
})
