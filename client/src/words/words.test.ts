import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compiledPart, languages } from '../../messages.ts'
import { directionOf, tagOf, type Language } from '../language/languages.ts'
import { setMessages } from '../language/text.ts'
import { showEnglish } from '../testing/english.ts'
import type { MediaProblem } from '../media/problem.ts'
import type { CallState, UnavailableReason } from 'vidchat-kit'
import { inviteWords, mediaConnectionWords, stateWords, waitingWords } from './call.ts'
import { passwordFieldWords, privacyWords } from './lobby.ts'
import { mediaWords, type Affected } from './media.ts'
import {
  guestNumbers,
  isSecurityNotable,
  labelsOf,
  noVideoWords,
  ownLabel,
  tileLabel,
  tileWords,
  verificationWords,
} from './participant.ts'
import { fullScreenWords, pinWords } from './tiles.ts'

const problems: MediaProblem[] = [
  'denied',
  'dismissed',
  'policy',
  'system',
  'not-found',
  'in-use',
  'overconstrained',
  'insecure',
  'unsupported',
  'unplugged',
  'interrupted',
  'unknown',
]
const affected: Affected[] = ['camera', 'microphone', 'both']
const unavailableReasons: UnavailableReason[] = [
  'link-too-long',
  'link-damaged',
  'link-rejected',
  'browser-unsupported',
  'page-insecure',
]

const states: CallState[] = [
  { name: 'pre-join' },
  { name: 'entering', signaling: 'connecting' },
  { name: 'entering', signaling: 'unreachable' },
  { name: 'entering', signaling: 'unreachable', refused: 'Forbidden: the page is of a' },
  { name: 'waiting', signaling: 'connected', lastToLeave: undefined },
  { name: 'waiting', signaling: 'connected', lastToLeave: '' },
  { name: 'waiting', signaling: 'connected', lastToLeave: 'Ann' },
  { name: 'waiting', signaling: 'disconnected', lastToLeave: undefined },
  { name: 'waiting', signaling: 'restarting', lastToLeave: undefined },
  { name: 'connecting', signaling: 'connected', media: 'connecting' },
  { name: 'connecting', signaling: 'connected', media: 'failing' },
  { name: 'connecting', signaling: 'connected', media: 'rejected' },
  { name: 'talking', signaling: 'connected', media: 'connected', others: 'online' },
  { name: 'talking', signaling: 'connected', media: 'connected', others: 'away' },
  { name: 'talking', signaling: 'disconnected', media: 'connected', others: 'online' },
  { name: 'talking', signaling: 'restarting', media: 'connected', others: 'online' },
  { name: 'talking', signaling: 'connected', media: 'reconnecting', others: 'online' },
  { name: 'password', problem: 'none', wait: 0 },
  { name: 'password', problem: 'wrong', wait: 0 },
  { name: 'password', problem: 'wrong', wait: 9.5 },
  { name: 'locked' },
  { name: 'knocking' },
  { name: 'denied' },
  { name: 'full', limit: 'seats' },
  { name: 'full', limit: 'rooms' },
  { name: 'left', reason: 'hung-up' },
  { name: 'left', reason: 'moved' },
  ...unavailableReasons.map((reason): CallState => ({ name: 'unavailable', reason })),
]

const context = { relay: 'available', locked: false, unconnected: '' } as const
type Waiting = Extract<CallState, { name: 'waiting' }>
const waiting = (lastToLeave?: string, signaling: Waiting['signaling'] = 'connected'): Waiting => ({
  name: 'waiting',
  signaling,
  lastToLeave,
})

const isDistinct = (texts: string[]) => new Set(texts).size === texts.length

describe('words', () => {
  it.each(affected)('differ for every problem with %s', (which) => {
    const words = problems.map((problem) => mediaWords(problem, which))
    expect(isDistinct(words.map(({ title }) => title))).toBe(true)
    expect(isDistinct(words.map(({ text }) => text))).toBe(true)
    expect(words.every(({ title, text }) => title !== '' && text !== '')).toBe(true)
  })

  it('name the device', () => {
    for (const problem of problems) {
      expect(mediaWords(problem, 'camera').title).toMatch(/camera/i)
      expect(mediaWords(problem, 'microphone').title).toMatch(/microphone/i)
      expect(mediaWords(problem, 'both').title).toMatch(/camera (and|or) microphone/i)
    }
  })

  it('do not promise a device that is missing as well', () => {
    expect(mediaWords('not-found', 'camera').text).toMatch(/others will hear you/)
    expect(mediaWords('not-found', 'camera', false).text).not.toMatch(/hear you,/)
    expect(mediaWords('not-found', 'microphone', false).text).not.toMatch(/see you,/)
  })

  it('say before joining what others will see and hear', () => {
    expect(privacyWords(true, true)).toBe('Nobody can see or hear you yet.')
    expect(privacyWords(false, true)).toBe('Nobody can hear you yet.')
    expect(privacyWords(true, false)).toBe('Nobody can see you yet.')
    expect(privacyWords(false, false)).toMatch(/^Nobody will see or hear you/)
  })

  it('differ for every state', () => {
    const words = states.map((state) => stateWords(state, context))
    expect(isDistinct(words)).toBe(true)
    expect(words.every((text) => /[.!?]$/.test(text))).toBe(true)
  })

  it('mention a missing relay if that is the likely reason', () => {
    expect(mediaConnectionWords('failing', 'none')?.text).toContain('TURN')
    expect(mediaConnectionWords('failing', 'available')?.text).not.toContain('TURN')
    expect(mediaConnectionWords('connected', 'none')).toBeUndefined()
  })

  it('use people’s names, and others for those who entered none', () => {
    const label = (...names: string[]) => [
      ...labelsOf(
        names.map((name, index) => ({ id: `id${index}`, name })),
        'me',
      ).values(),
    ]
    expect(label('Ann')).toEqual(['Ann'])
    expect(label('')).toEqual(['The other person'])
    expect(label('Ann', '')).toEqual(['Ann', expect.stringMatching(/^Guest \d\d$/)])
  })

  it('number those who entered no name the same for every viewer', () => {
    const people = ['x7Kq', 'b2Zz', 'mm0p', 'Qa91'].map((id) => ({ id, name: '' }))
    const seenBy = (own: string) =>
      labelsOf(
        people.filter(({ id }) => id !== own),
        own,
      )
    expect(seenBy('x7Kq').get('mm0p')).toBe(seenBy('Qa91').get('mm0p'))
    const others = people.filter(({ id }) => id !== 'mm0p')
    expect(ownLabel('', others, 'mm0p')).toBe(`You (${seenBy('Qa91').get('mm0p')})`)
    expect(ownLabel('Ann', others, 'mm0p')).toBe('You')
  })

  it('give each of them another number', () => {
    const ids = Array.from({ length: 60 }, (_, index) => `id${index}`)
    expect(new Set(guestNumbers(ids).values()).size).toBe(60)
  })

  it('name a shared screen', () => {
    expect(tileLabel('Ann', true, true)).toBe('Ann’s screen')
    expect(tileLabel('The other person', true, false)).toBe('Their screen')
    expect(tileLabel('Ann', false, true)).toBe('Ann')
  })

  it('say once why there is no video', () => {
    expect(noVideoWords('Can’t connect', true)).toBe('Can’t connect')
    expect(noVideoWords(undefined, true)).toBe('Their camera is off')
    expect(noVideoWords(undefined, false)).toBe('Waiting for video')
    expect(noVideoWords(undefined, false, true)).toBe('Not shown, to save data')
    expect(noVideoWords(undefined, true, true)).toBe('Their camera is off')
  })

  it('mention security on a tile only if it is not what everyone expects', () => {
    expect(isSecurityNotable({ name: 'verified' })).toBe(false)
    expect(isSecurityNotable({ name: 'code', code: '012345' })).toBe(true)
    expect(isSecurityNotable({ name: 'unavailable', reason: 'no-code' })).toBe(true)
  })

  it('do not claim a connection to those whom it does not reach', () => {
    const talking = states.find(({ name }) => name === 'talking') as CallState
    const words = stateWords(talking, { ...context, unconnected: 'Ann and Bo' })
    expect(words).toBe('You are connected, but not to Ann and Bo.')
  })

  it('do not send the link while the server is gone, or promise too much if it is locked', () => {
    for (const signaling of ['disconnected', 'restarting'] as const) {
      expect(waitingWords(waiting(undefined, signaling), false).text).not.toMatch(/link/)
    }
    expect(waitingWords(waiting(), false).text).toMatch(/starts when they join/)
    expect(waitingWords(waiting(), true).text).toMatch(/must ask to join/)
    expect(waitingWords(waiting(), true).text).not.toMatch(/starts/)
    expect(waitingWords(waiting('Ann'), true).text).toMatch(/ask to join/)
  })

  it('ask the creator of a call to choose a password and to pass it on', () => {
    expect(passwordFieldWords(true, false).label).toMatch(/^Choose/)
    expect(passwordFieldWords(true, false).hint).toMatch(/few words.*pass it on/i)
    for (const isChosen of [true, false]) {
      const { label, hint } = passwordFieldWords(false, isChosen)
      expect(label).not.toMatch(/choose/i)
      expect(/first/.test(hint)).toBe(!isChosen)
    }
  })

  it('say what else is needed beside the link', () => {
    expect(inviteWords(false, false)).toBe('')
    expect(inviteWords(false, true)).toMatch(/password/)
    expect(inviteWords(true, true)).toMatch(/ask to join.*password/)
  })

  it('say who left', () => {
    expect(waitingWords(waiting('Ann'), false).title).toBe('Ann left.')
    expect(waitingWords(waiting(''), false).title).toBe('The other person left.')
  })

  it('say on a tile what is wrong, and nothing else', () => {
    expect(tileWords('online', 'connected')).toBeUndefined()
    const notes = [
      tileWords('away', 'connected'),
      tileWords('online', 'connecting'),
      tileWords('away', 'reconnecting'),
      tileWords('online', 'failing'),
    ]
    expect(isDistinct(notes.map(String))).toBe(true)
  })

  it('show a code in two groups', () => {
    expect(verificationWords({ name: 'code', code: '012345' })?.title).toBe('Code 012 345')
    expect(verificationWords({ name: 'verified' })?.title).toBe('Verified')
    expect(verificationWords({ name: 'pending' })).toBeUndefined()
  })
})

describe.each(languages)('in %s', (language) => {
  beforeAll(() => {
    const { call, later } = {
      call: compiledPart(language, 'call'),
      later: compiledPart(language, 'later'),
    }
    const direction = directionOf(language as Language)
    setMessages({ ...call, ...later }, { tag: tagOf(language as Language), direction })
  })
  afterAll(showEnglish)

  it('every state has words of its own', () => {
    const words = states.map((state) => stateWords(state, context))
    expect(isDistinct(words)).toBe(true)
    expect(words.every((text) => /[.!?。।！？؟]$/.test(text))).toBe(true)
  })

  it.each(affected)('every problem with %s has words of its own', (which) => {
    const words = problems.map((problem) => mediaWords(problem, which))
    expect(isDistinct(words.map(({ title }) => title))).toBe(true)
    expect(isDistinct(words.map(({ text }) => text))).toBe(true)
    expect(words.every(({ title, text }) => title !== '' && text !== '')).toBe(true)
  })

  it('every problem names what has it', () => {
    for (const problem of problems) {
      const titles = affected.map((which) => mediaWords(problem, which).title)
      expect(isDistinct(titles)).toBe(true)
    }
  })
})

it('names what a button of a tile is for', () => {
  expect(pinWords(undefined)).toBe('Pin yourself')
  expect(pinWords('The other person')).toBe('Pin the other person')
  expect(pinWords('The Doctor')).toBe('Pin The Doctor')
  expect(fullScreenWords('Their screen')).toBe('Full screen: their screen')
})
