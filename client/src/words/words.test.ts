import { describe, expect, it } from 'vitest'
import type { CallState, Obstacle } from '../room/call-state.ts'
import type { MediaProblem } from '../media/problem.ts'
import { pathWords, stateWords } from './call.ts'
import { invitationWords } from './invitation.ts'
import { mediaWords, type Affected } from './media.ts'
import { nameOf, tileWords, trustWords } from './participant.ts'

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
  'unknown',
]
const affected: Affected[] = ['camera', 'microphone', 'both']
const obstacles: Obstacle[] = ['room-unusable', 'room-refused', 'browser-unsupported', 'insecure']

const states: CallState[] = [
  { name: 'lobby' },
  { name: 'entering', server: 'dialing' },
  { name: 'entering', server: 'unreachable' },
  { name: 'waiting', line: 'up', since: 'start' },
  { name: 'waiting', line: 'up', since: 'left' },
  { name: 'waiting', line: 'down', since: 'start' },
  { name: 'waiting', line: 'restarting', since: 'start' },
  { name: 'connecting', line: 'up', path: 'opening' },
  { name: 'connecting', line: 'up', path: 'failing' },
  { name: 'talking', line: 'up', path: 'open', other: 'here' },
  { name: 'talking', line: 'up', path: 'open', other: 'away' },
  { name: 'talking', line: 'down', path: 'open', other: 'here' },
  { name: 'talking', line: 'restarting', path: 'open', other: 'here' },
  { name: 'talking', line: 'up', path: 'interrupted', other: 'here' },
  { name: 'connecting', line: 'up', path: 'refused' },
  { name: 'password', problem: 'none', wait: 0 },
  { name: 'password', problem: 'wrong', wait: 0 },
  { name: 'password', problem: 'wrong', wait: 9.5 },
  { name: 'locked' },
  { name: 'knocking' },
  { name: 'denied' },
  { name: 'full', of: 'seats' },
  { name: 'full', of: 'rooms' },
  { name: 'left', why: 'hung-up' },
  { name: 'left', why: 'moved' },
  ...obstacles.map((obstacle): CallState => ({ name: 'impossible', obstacle })),
]

const isDistinct = (texts: string[]) => new Set(texts).size === texts.length

describe('words', () => {
  it.each(affected)('tell every problem of %s apart', (which) => {
    const words = problems.map((problem) => mediaWords(problem, which))
    expect(isDistinct(words.map(({ title }) => title))).toBe(true)
    expect(isDistinct(words.map(({ text }) => text))).toBe(true)
    expect(words.every(({ title, text }) => title !== '' && text !== '')).toBe(true)
  })

  it('name the device that is meant', () => {
    for (const problem of problems) {
      expect(mediaWords(problem, 'camera').title).toMatch(/camera/i)
      expect(mediaWords(problem, 'microphone').title).toMatch(/microphone/i)
      expect(mediaWords(problem, 'both').title).toMatch(/camera and microphone/i)
    }
  })

  it('tell every state apart', () => {
    const words = states.map((state) => stateWords(state, 'offered'))
    expect(isDistinct(words)).toBe(true)
    expect(words.every((text) => /[.!?]$/.test(text))).toBe(true)
  })

  it('name the missing relay where that is the likely reason', () => {
    expect(pathWords('failing', 'none')?.text).toContain('TURN')
    expect(pathWords('failing', 'offered')?.text).not.toContain('TURN')
    expect(pathWords('open', 'none')).toBeUndefined()
  })

  it('differ for everything that may be typed', () => {
    expect(isDistinct(Object.values(invitationWords))).toBe(true)
  })

  it('call people by their names, and find some for those who give none', () => {
    expect(nameOf('Ann', 0, 1)).toBe('Ann')
    expect(nameOf('', 0, 1)).toBe('The other person')
    expect(nameOf('', 1, 3)).toBe('Guest 2')
  })

  it('say on a tile what is wrong, and nothing else', () => {
    expect(tileWords('here', 'open')).toBeUndefined()
    const notes = [
      tileWords('away', 'open'),
      tileWords('here', 'opening'),
      tileWords('away', 'interrupted'),
      tileWords('here', 'failing'),
    ]
    expect(isDistinct(notes.map(String))).toBe(true)
  })

  it('spell a code in two groups', () => {
    expect(trustWords({ name: 'code', code: '012345' })?.title).toBe('Code 012 345')
    expect(trustWords({ name: 'verified' })?.title).toBe('Verified')
    expect(trustWords({ name: 'pending' })).toBeUndefined()
  })
})
