import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import { memory } from '../../kit/testing/memory.ts'
import { showEnglish } from '../testing/english.ts'
import type { Messages } from './text.ts'

const html = { lang: '', dir: '' }
const page = { documentElement: html, title: '' }
let storage: Pick<Storage, 'getItem' | 'setItem'>

beforeEach(() => {
  storage = memory()
  vi.resetModules()
})
afterAll(() => {
  vi.unstubAllGlobals()
  showEnglish()
})

/** Opens a page in a browser that wants these languages. */
async function open(...languages: string[]) {
  vi.stubGlobal('document', page)
  vi.stubGlobal('navigator', { languages })
  vi.stubGlobal('localStorage', storage)
  const [{ t }, opened] = await Promise.all([import('./text.ts'), import('./language.svelte.ts')])
  return { text: () => t('landing.join'), more: () => t('landing.start'), ...opened }
}

const messages = (join: string): Messages => ({ 'landing.join': join })
const loaded = (join: string) => () => Promise.resolve({ default: messages(join) })
const part = { en: loaded('Join'), de: loaded('Teilnehmen'), ar: loaded('انضمام') }

it('a page is in the language that the browser wants', async () => {
  const { text, loadMessages } = await open('de-AT', 'en')
  await loadMessages(part)
  expect([text(), html]).toEqual(['Teilnehmen', { lang: 'de', dir: 'ltr' }])
})

it('a choice is kept, and turns the page around', async () => {
  const first = await open('de')
  await first.loadMessages(part)
  await first.chooseLanguage('ar')
  expect([first.text(), html]).toEqual(['انضمام', { lang: 'ar', dir: 'rtl' }])

  vi.resetModules()
  const second = await open('de')
  await second.loadMessages(part)
  expect(second.text()).toBe('انضمام')
})

it('a language that cannot be loaded leaves the page as it was', async () => {
  const { text, language, loadMessages, chooseLanguage } = await open('en')
  await loadMessages({ ...part, de: () => Promise.reject(new Error('offline')) })
  await chooseLanguage('de')
  expect([text(), language(), storage.getItem('vidchat.language')]).toEqual(['Join', 'en', null])
})

it('the last choice counts, whatever is loaded first', async () => {
  const { text, loadMessages, chooseLanguage } = await open('en')
  let load: (value: { default: Messages }) => void = () => undefined
  await loadMessages({ ...part, de: () => new Promise((resolve) => (load = resolve)) })
  const german = chooseLanguage('de')
  await chooseLanguage('ar')
  load({ default: messages('Teilnehmen') })
  await german
  expect(text()).toBe('انضمام')
  expect(storage.getItem('vidchat.language')).toBe('ar')
})

it('the title of the page follows', async () => {
  const { text, loadMessages, titlePage, chooseLanguage } = await open('en')
  await loadMessages(part)
  titlePage(() => `vidchat: ${text()}`)
  expect(page.title).toBe('vidchat: Join')
  await chooseLanguage('de')
  expect(page.title).toBe('vidchat: Teilnehmen')
})

it('no part waits for another', async () => {
  const { text, loadMessages } = await open('en')
  const later = loadMessages({ en: () => Promise.reject(new Error('offline')) })
  await loadMessages(part)
  expect(text()).toBe('Join')
  await expect(later).rejects.toThrow('offline')
})

it('a part that comes while a language is chosen is shown in it', async () => {
  const { loadMessages, chooseLanguage, more } = await open('en')
  await loadMessages(part)
  const arabic = chooseLanguage('ar')
  await loadMessages({
    en: () => Promise.resolve({ default: { 'landing.start': 'Start' } }),
    ar: () => Promise.resolve({ default: { 'landing.start': 'ابدأ' } }),
  })
  await arabic
  expect(more()).toBe('ابدأ')
})
