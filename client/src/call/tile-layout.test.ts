import { beforeEach, expect, it } from 'vitest'
import { Preferences } from '../media/preferences.ts'
import type { Call, Participant } from 'vidchat-kit'
import { OWN_TILE } from './arrangement.ts'
import { TileLayout } from './tile-layout.svelte.ts'

const participant = (id: string, more: Partial<Participant> = {}) =>
  ({ id, screenStream: undefined, screenReplacesCamera: false, ...more }) as Participant

const ann = participant('ann')
const bo = participant('bo')

let preferences: Preferences

beforeEach(() => {
  const stored = new Map<string, string>()
  preferences = new Preferences({
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
  })
})

/** The layout of a call of these people. */
function layoutOf(participants: Participant[], activeSpeaker?: string): TileLayout {
  const state = { name: 'talking' } as Call['state']
  return new TileLayout({ participants, state, activeSpeaker }, preferences)
}

it('has a tile for each camera and each screen, and our own at the end', () => {
  const screenStream = {} as MediaStream
  const { tiles } = layoutOf([participant('ann', { screenStream }), bo])
  expect(tiles.map(({ key, isScreen }) => [key, isScreen])).toEqual([
    ['ann', false],
    ['ann screen', true],
    ['bo', false],
    [OWN_TILE, false],
  ])
})

it('takes the video of a page that sends its screen in place of the camera for a screen', () => {
  const { tiles } = layoutOf([participant('ann', { screenReplacesCamera: true }), bo])
  expect(tiles.map(({ isScreen, isBeside }) => [isScreen, isBeside])).toEqual([
    [true, false],
    [false, false],
    [false, false],
  ])
})

it('pins one tile at a time', () => {
  const layout = layoutOf([ann, bo])
  expect(layout.arrangement).toEqual({ name: 'grid' })
  layout.togglePin('bo')
  layout.togglePin('ann')
  expect(layout.arrangement).toEqual({ name: 'spotlight', large: 'ann' })
  expect(layout.main.participant).toBe(ann)
  layout.togglePin('ann')
  expect(layout.arrangement).toEqual({ name: 'grid' })
})

it('remembers the speaker view, which ends a pin', () => {
  const layout = layoutOf([ann, bo], 'bo')
  layout.togglePin('ann')
  layout.setSpeakerView(true)
  expect(layout.arrangement).toEqual({ name: 'spotlight', large: 'bo' })
  expect(layoutOf([ann, bo]).isSpeakerView).toBe(true)
  layout.setSpeakerView(false)
  expect(layoutOf([ann, bo]).isSpeakerView).toBe(false)
})
