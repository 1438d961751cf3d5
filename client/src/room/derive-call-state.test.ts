import { describe, expect, it } from 'vitest'
import { stateIn, type Companion } from './derive-call-state.ts'
import type { Link, Seat } from './participant.svelte.ts'
import type { CallState } from './call-state.ts'

const of = (...links: Link[]): Companion[] => links.map((link) => ({ link, seat: 'here' }))
const seated = (...seats: Seat[]): Companion[] => seats.map((seat) => ({ link: 'open', seat }))
const entering: CallState = { name: 'entering', server: 'dialing' }
const talking: CallState = { name: 'talking', line: 'up', path: 'open', other: 'here' }

describe('a call', () => {
  it('waits while nobody is there, from the start or since the last one left', () => {
    const start = stateIn([], entering, 'up')
    expect(start).toEqual({ name: 'waiting', line: 'up', since: 'start' })
    expect(stateIn([], start, 'down')).toEqual({ name: 'waiting', line: 'down', since: 'start' })
    const left = stateIn([], talking, 'up')
    expect(left).toMatchObject({ since: 'left' })
    expect(stateIn([], left, 'up')).toMatchObject({ since: 'left' })
  })

  it.each<[Link[], CallState, string, string]>([
    [['awaited'], entering, 'connecting', 'opening'],
    [['opening'], entering, 'connecting', 'opening'],
    [['failing'], entering, 'connecting', 'failing'],
    [['refused'], entering, 'connecting', 'refused'],
    [['refused', 'opening'], entering, 'connecting', 'opening'],
    [['open'], entering, 'talking', 'open'],
    [['opening', 'open', 'refused'], entering, 'talking', 'open'],
    [['interrupted'], talking, 'talking', 'interrupted'],
    [['failing'], talking, 'talking', 'failing'],
    [['awaited'], talking, 'connecting', 'opening'],
  ])('with links %j is as good as the best of them', (links, before, name, path) => {
    expect(stateIn(of(...links), before, 'up')).toMatchObject({ name, path })
  })

  it.each<[Seat[], string]>([
    [['here'], 'here'],
    [['away'], 'away'],
    [['gone'], 'away'],
    [['away', 'here'], 'here'],
  ])('with seats %j has the others %s', (seats, other) => {
    expect(stateIn(seated(...seats), talking, 'up')).toMatchObject({ other })
  })
})
