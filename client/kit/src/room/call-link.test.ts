import { describe, expect, it } from 'vitest'
import { base64url } from '../trust/bytes.ts'
import { fragmentOf, newCallLink, readFragment } from './call-link.ts'
import { isRecognizable } from './room-name.ts'

const key = Uint8Array.from({ length: 16 }, (_, index) => index)
const KEY = 'AAECAwQFBgcICQoLDA0ODw'
const plain = { kind: 'room', password: false }
const hex = '01112131415161718191a1b1c1d1e1f1'
const damaged = { kind: 'invalid', problem: 'damaged' }

describe('a new call', () => {
  // Room, a key of zeros that cannot be recognized, and one that can.
  const draws = () => {
    const drawn = [hex, '00'.repeat(16), '5cff6f6ca60e9eef516cce58d6e81af2']
    return {
      getRandomValues: <T extends ArrayBufferView | null>(array: T) => {
        if (array instanceof Uint8Array) array.set(Buffer.from(drawn.shift() ?? '', 'hex'))
        return array
      },
    }
  }

  it('has 128 random bits for the room, and 128 for a key that the server never sees', () => {
    const link = newCallLink({ random: draws(), password: false, secure: true })
    expect(fragmentOf(link)).toBe(`${hex},XP9vbKYOnu9RbM5Y1uga8g`)
  })

  it('shows by the room’s name that it is password-protected', () => {
    const link = newCallLink({ random: draws(), password: true, secure: true })
    expect(link).toMatchObject({ room: `pw-${hex}`, password: true, draft: true })
  })

  it('has a UUID and no key on an insecure page', () => {
    const link = newCallLink({ random: draws(), password: false, secure: false })
    expect(fragmentOf(link)).toBe('01112131-4151-6171-8191-a1b1c1d1e1f1')
    expect(readFragment(fragmentOf(link))).toEqual({ kind: 'room', ...link })
  })

  it('is different each time', () => {
    const links = [1, 2].map(() => newCallLink({ random: crypto, password: false, secure: true }))
    expect(links[0]).not.toEqual(links[1])
  })

  it('has a key of which every part can be recognized', () => {
    for (let calls = 0; calls < 100; calls++) {
      const link = newCallLink({ random: crypto, password: false, secure: true })
      expect(isRecognizable(base64url(link.key ?? new Uint8Array()))).toBe(true)
    }
  })
})

describe('a fragment', () => {
  it.each([
    ['#a1b2c3', { ...plain, room: 'a1b2c3' }],
    ['#f', { ...plain, room: 'f' }],
    ['#caf%C3%A9', { ...plain, room: 'caf%C3%A9' }],
    [`#a1,${KEY}`, { ...plain, room: 'a1', key }],
    ['#a,b', { ...plain, room: 'a,b' }],
    [`#pw-a1,${KEY}`, { kind: 'room', room: 'pw-a1', password: true, key }],
    ['#a#b', { ...plain, room: 'a#b' }],
    ['', { kind: 'none' }],
    ['#', { kind: 'none' }],
    ['#' + 'x'.repeat(256), { ...plain, room: 'x'.repeat(256) }],
    ['#' + 'x'.repeat(257), { kind: 'invalid', problem: 'too-long' }],
    ['#' + 'é'.repeat(129), { kind: 'invalid', problem: 'too-long' }],
    [`#pw-${hex},${KEY}`, { kind: 'room', room: `pw-${hex}`, password: true, key }],
    [`#pw-${hex}-${hex},${KEY}`, { kind: 'room', room: `pw-${hex}-${hex}`, password: true, key }],
  ])('is read, case %#', (hash, result) => {
    expect(readFragment(hash)).toEqual(result)
  })
})

/** What the clients of 2020 named rooms, and what people type. */
describe('a name without a key', () => {
  it.each([
    'f',
    'facade',
    '550e8400-e29b-41d4-a716-446655440000',
    '550E8400-E29B-41D4-A716-446655440000',
    'pw-550e8400-e29b-41d4-a716-446655440000',
    'weekly-team-meeting',
    'Marketing_Standup',
    'JohnAndMaryWedding',
    'JohnMcDonald',
    'Q3-planning-2026',
    'MEETING-ROOM-3A',
    'COVID19-taskforce',
    'iPhoneLaunch',
    'face2face-20261126',
    'team(1)',
    'a,b',
    'my%20room',
    '%D0%B2%D1%81%D1%82%D1%80%D0%B5%D1%87%D0%B0',
    '100%',
  ])('is the room %s as ever', (name) => {
    expect(readFragment(`#${name}`)).toEqual({
      ...plain,
      room: name,
      password: name.startsWith('pw-'),
    })
  })

  it.each([
    ['#caf%25C3%25A9', 'caf%C3%A9'],
    ['#caf%c3%a9', 'caf%C3%A9'],
    ['#team.', 'team'],
    ['#team).', 'team'],
    ['#team%E2%80%A6', 'team'],
    ['#team%22%3E', 'team'],
    ['#team?utm_source=mail&utm_medium=x', 'team'],
    ['#team&fbclid=IwAR0', 'team'],
    ['#te%E2%80%8Bam', 'team'],
  ])('is read from %s', (hash, room) => {
    expect(readFragment(hash)).toEqual({ ...plain, room })
  })
})

describe('a link that was changed', () => {
  it.each([
    `${hex}%2C${KEY}`,
    `${hex}%252C${KEY}`,
    `${hex}%25252c${KEY}`,
    `${hex},%20${KEY}`,
    `${hex},${KEY}.`,
    `${hex},${KEY}),`,
    `${hex},${KEY}%3E`,
    `${hex},${KEY}%E2%80%A6`,
    `${hex},${KEY}%20and%20then`,
    `_${hex},${KEY}__`,
    `${hex}\\,${KEY}`,
    `/${hex},${KEY}/`,
    `${hex},${KEY}?utm_source=mail`,
    `${hex},${KEY}&fbclid=IwAR0${KEY}`,
    `%23${hex},${KEY}`,
    `#${hex},${KEY}#`,
  ])('opens the same call: #%s', (fragment) => {
    expect(readFragment(`#${fragment}`)).toEqual({ ...plain, room: hex, key })
  })

  it.each([
    hex,
    `pw-${hex}`,
    `pw-${hex}-${hex}`,
    `pw-${hex}-${hex.slice(0, 16)},${KEY}`,
    `pw-${hex}-,${KEY}`,
    `-${hex},${KEY}`,
    `x-${hex}-${hex},${KEY}`,
    `pw-${hex}${hex},${KEY}`,
    `${hex},`,
    hex.slice(0, 16),
    `${hex},${KEY.slice(0, -1)}`,
    `${hex},${KEY}x`,
    `${hex},${KEY.slice(0, -1)}B`,
    `${hex};${KEY}`,
    `${hex}${KEY}`,
    `${hex},${KEY.toLowerCase()}`,
    `${hex.toUpperCase()},${KEY}`,
    `${hex.slice(1)},${KEY}`,
    `,${KEY}`,
    KEY,
    KEY.slice(4),
    `team,${KEY.slice(0, -1)}`,
    '.',
    '%20',
  ])('is damaged: #%s', (fragment) => {
    expect(readFragment(`#${fragment}`)).toEqual(damaged)
  })
})
