import { flushSync } from 'svelte'
import { afterAll, expect, it, vi } from 'vitest'
import { memory } from '../../kit/testing/memory.ts'
import { showEnglish } from '../testing/english.ts'
import { t } from './text.ts'

afterAll(() => {
  vi.unstubAllGlobals()
  showEnglish()
})

it('views follow the language and its texts', async () => {
  vi.stubGlobal('document', { documentElement: { lang: '', dir: '' }, title: '' })
  vi.stubGlobal('navigator', { languages: ['en'] })
  vi.stubGlobal('localStorage', memory())
  const { chooseLanguage, language, loadMessages } = await import('./language.svelte.ts')
  const texts: string[] = []
  const languages: string[] = []
  const end = $effect.root(() => {
    $effect(() => void texts.push(t('landing.join')))
    $effect(() => void languages.push(language()))
  })
  flushSync()
  const loaded = (join: string) => () => Promise.resolve({ default: { 'landing.join': join } })
  await loadMessages({ en: loaded('Take part'), de: loaded('Teilnehmen') })
  flushSync()
  await chooseLanguage('de')
  flushSync()
  end()
  await chooseLanguage('en')
  flushSync()
  expect(texts.slice(1)).toEqual(['Take part', 'Teilnehmen'])
  expect(languages).toEqual(['en', 'de'])
})
