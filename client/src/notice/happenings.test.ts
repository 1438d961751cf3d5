import { describe, expect, it } from 'vitest'
import { happeningsBetween, titleWith, type Scene } from './happenings.ts'

const scene = (people: string[], knocks: string[] = [], inCall = true): Scene => ({
  inCall,
  people: people.map((label) => ({ id: label, label })),
  knocks: knocks.map((name) => ({ id: `knock of ${name}`, name })),
})

const wrote = (key: number, how = {}): Scene => ({
  ...scene(['Ann']),
  written: { key, from: 'Ann', isFile: false, isUnread: true, ...how },
})

describe('what happens', () => {
  it.each<[string, Scene, Scene, string[]]>([
    ['someone comes', scene([]), scene(['Ann']), ['join: Ann joined']],
    ['someone leaves', scene(['Ann', 'Bo']), scene(['Bo']), ['leave: Ann left']],
    ['someone knocks', scene([]), scene([], ['Cy']), ['knock: Cy wants to join']],
    ['someone without a name knocks', scene([]), scene([], ['']), ['knock: Someone wants to join']],
    ['a knock is answered', scene([], ['Cy']), scene([]), []],
    ['we come to those who are here', scene([], [], false), scene(['Ann'], ['Cy']), []],
    ['we leave', scene(['Ann']), scene([], [], false), []],
    ['someone writes', wrote(1), wrote(2), ['message: Ann wrote']],
    ['someone sends a file', wrote(1), wrote(2, { isFile: true }), ['message: Ann sends a file']],
    ['someone writes in the open chat', wrote(1), wrote(2, { isUnread: false }), []],
    ['nothing was written', wrote(2), wrote(2), []],
    ['nothing', scene(['Ann'], ['Cy']), scene(['Ann'], ['Cy']), []],
  ])('%s', (_what, before, after, expected) => {
    const found = happeningsBetween(before, after)
    expect(found.map(({ kind, words }) => `${kind}: ${words}`)).toEqual(expected)
  })
})

it('the title tells how much was not seen, and the last of it', () => {
  const happenings = happeningsBetween(scene([]), scene(['Ann'], ['Cy']))
  expect(titleWith(happenings, 'Call')).toBe('(2) Cy wants to join · Call')
  expect(titleWith([], 'Call')).toBe('Call')
})
