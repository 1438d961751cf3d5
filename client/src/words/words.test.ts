import { describe, expect, it } from 'vitest'
import type { MediaProblem } from '../media/problem.ts'
import type { CallState, UnavailableReason } from '../room/call-state.ts'
import { mediaConnectionWords, stateWords, waitingWords } from './call.ts'
import { invitationWords } from './invitation.ts'
import { mediaWords, type Affected } from './media.ts'
import { displayName, tileWords, verificationWords } from './participant.ts'

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

  it('differ for every state', () => {
    const words = states.map((state) => stateWords(state, 'available'))
    expect(isDistinct(words)).toBe(true)
    expect(words.every((text) => /[.!?]$/.test(text))).toBe(true)
  })

  it('mention a missing relay if that is the likely reason', () => {
    expect(mediaConnectionWords('failing', 'none')?.text).toContain('TURN')
    expect(mediaConnectionWords('failing', 'available')?.text).not.toContain('TURN')
    expect(mediaConnectionWords('connected', 'none')).toBeUndefined()
  })

  it('differ for every problem with an invitation', () => {
    expect(isDistinct(Object.values(invitationWords))).toBe(true)
  })

  it('use people’s names, and others for those who entered none', () => {
    expect(displayName('Ann', 0, 1)).toBe('Ann')
    expect(displayName('', 0, 1)).toBe('The other person')
    expect(displayName('', 1, 3)).toBe('Guest 2')
  })

  it('say who left', () => {
    expect(waitingWords('Ann').title).toBe('Ann left.')
    expect(waitingWords('').title).toBe('The other person left.')
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
