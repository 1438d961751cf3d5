import { expect, it } from 'vitest'
import { Preferences } from '../media/preferences.ts'
import { memory } from '../../kit/testing/memory.ts'
import { DataSettings } from './data-use.svelte.ts'

it('low data is remembered', () => {
  const storage = memory()
  const settings = new DataSettings(new Preferences(storage, memory()))
  expect([settings.use, settings.isUndecided]).toEqual(['full', true])
  settings.use = 'low'
  const later = new DataSettings(new Preferences(storage, memory()))
  expect([later.use, later.isUndecided]).toEqual(['low', false])
  later.use = 'full'
  const again = new DataSettings(new Preferences(storage, memory()))
  expect([again.use, again.isUndecided]).toEqual(['full', false])
})

it('audio only lasts as long as the tab, and is offered nothing', () => {
  const [storage, tab] = [memory(), memory()]
  const settings = new DataSettings(new Preferences(storage, tab))
  settings.use = 'low'
  settings.use = 'audio'
  expect(settings.isUndecided).toBe(false)
  expect(new DataSettings(new Preferences(storage, tab)).use).toBe('audio')
  expect(new DataSettings(new Preferences(storage, memory())).use).toBe('low')
})
