import { describe, expect, it } from 'vitest'
import { arrangementOf, mainTile, OWN_TILE, type Choices, type Tile } from './arrangement.ts'

const camera = (key: string): Tile => ({ key, isScreen: false })
const screen = (key: string): Tile => ({ key, isScreen: true })
const own = camera(OWN_TILE)

const none: Choices = {
  isTalking: true,
  pinned: undefined,
  isSpeakerView: false,
  speaker: undefined,
}
const speakerView = { ...none, isSpeakerView: true }

const pair = [camera('ann'), own]
const group = [camera('ann'), camera('bo'), camera('cy'), own]
const presentation = [camera('ann'), camera('bo'), screen('bo screen'), own]

describe('the arrangement', () => {
  it.each<[string, Tile[], Choices, ReturnType<typeof arrangementOf>]>([
    ['alone', [own], none, { name: 'alone', large: OWN_TILE }],
    ['until one talks', pair, { ...none, isTalking: false }, { name: 'alone', large: OWN_TILE }],
    ['of two', pair, none, { name: 'pair', large: 'ann' }],
    ['of two in speaker view', pair, speakerView, { name: 'pair', large: 'ann' }],
    ['of two, swapped', pair, { ...none, pinned: OWN_TILE }, { name: 'pair', large: OWN_TILE }],
    [
      'of two and a screen',
      [camera('ann'), screen('s'), own],
      none,
      { name: 'spotlight', large: 's' },
    ],
    ['of a group', group, none, { name: 'grid' }],
    ['of a group that connects', group, { ...none, isTalking: false }, { name: 'grid' }],
    ['with a pinned tile', group, { ...none, pinned: 'bo' }, { name: 'spotlight', large: 'bo' }],
    ['pinned, and gone', group, { ...none, pinned: 'di' }, { name: 'grid' }],
    ['of speakers, all silent', group, speakerView, { name: 'spotlight', large: 'ann' }],
    ['of speakers', group, { ...speakerView, speaker: 'cy' }, { name: 'spotlight', large: 'cy' }],
    [
      'of speakers, one pinned',
      group,
      { ...speakerView, speaker: 'cy', pinned: 'bo' },
      { name: 'spotlight', large: 'bo' },
    ],
    ['with a screen', presentation, none, { name: 'spotlight', large: 'bo screen' }],
    [
      'with a screen and a speaker',
      presentation,
      { ...speakerView, speaker: 'ann' },
      { name: 'spotlight', large: 'bo screen' },
    ],
    [
      'with a screen, and another tile pinned',
      presentation,
      { ...none, pinned: 'ann' },
      { name: 'spotlight', large: 'ann' },
    ],
    [
      'with a screen in place of a camera',
      [camera('ann'), screen('bo'), own],
      none,
      { name: 'spotlight', large: 'bo' },
    ],
  ])('%s', (_, tiles, choices, arrangement) => {
    expect(arrangementOf(tiles, choices)).toEqual(arrangement)
  })
})

describe('the tile that matters most', () => {
  it.each<[string, Tile[], Partial<Choices>, string]>([
    ['is our own while we are alone', [own], {}, OWN_TILE],
    ['is the first of the others', group, {}, 'ann'],
    ['is who spoke last', group, { speaker: 'bo' }, 'bo'],
    ['is somebody who is there', group, { speaker: 'di' }, 'ann'],
    ['is a screen', presentation, { speaker: 'ann' }, 'bo screen'],
    ['is pinned', presentation, { speaker: 'ann', pinned: 'bo' }, 'bo'],
  ])('%s', (_, tiles, choices, key) => {
    expect(mainTile(tiles, { ...none, ...choices })).toBe(key)
  })
})
