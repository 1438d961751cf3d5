import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { memory } from '../../kit/testing/memory.ts'
import type { Part } from '../language/language.svelte.ts'
import { showEnglish } from '../testing/english.ts'
import type { LanguageChoice } from './language-choice.svelte.ts'

const there = () => Promise.resolve({ default: {} })
/** Ends the wait for French, which does not come. */
let refuseFrench: () => void
const french = () =>
  new Promise<never>((_, reject) => (refuseFrench = () => reject(new Error('no network'))))
const part: Part = { en: there, de: there, fr: french }
let newChoice: () => LanguageChoice
let choice: LanguageChoice

beforeAll(async () => {
  vi.stubGlobal('document', { documentElement: { lang: '', dir: '' }, title: '' })
  vi.stubGlobal('navigator', { languages: ['en'] })
  vi.stubGlobal('localStorage', memory())
  const { loadMessages } = await import('../language/language.svelte.ts')
  const { LanguageChoice } = await import('./language-choice.svelte.ts')
  newChoice = () => new LanguageChoice()
  await loadMessages(part)
})
afterAll(() => {
  vi.unstubAllGlobals()
  showEnglish()
})
beforeEach(async () => {
  choice = newChoice()
  await choice.choose({ value: 'en' })
})

async function refused(picker: { value: string }) {
  const done = choice.choose(picker)
  refuseFrench()
  await done
}

it('says that a language cannot be loaded, and shows the one of the page again', async () => {
  const picker = { value: 'fr' }
  await refused(picker)
  expect([choice.isMissing, picker.value, document.documentElement.lang]).toEqual([
    true,
    'en',
    'en',
  ])
})

it('says so no more once another is chosen, which is there', async () => {
  await refused({ value: 'fr' })
  const picker = { value: 'de' }
  await choice.choose(picker)
  expect([choice.isMissing, picker.value, document.documentElement.lang]).toEqual([
    false,
    'de',
    'de',
  ])
})

it('says nothing of a language in whose place another was chosen meanwhile', async () => {
  const picker = { value: 'fr' }
  const first = choice.choose(picker)
  picker.value = 'de'
  await choice.choose(picker)
  refuseFrench()
  await first
  expect([choice.isMissing, picker.value]).toEqual([false, 'de'])
})
