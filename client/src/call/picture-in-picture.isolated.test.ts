import { flushSync } from 'svelte'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { memory } from '../../kit/testing/memory.ts'
import { showEnglish } from '../testing/english.ts'
import type { CallPage } from './call-page.svelte.ts'
import type { PictureInPicture } from './picture-in-picture.svelte.ts'
import type { TileLayout } from './tile-layout.svelte.ts'

vi.mock('svelte', async (original) => ({
  ...(await original<typeof import('svelte')>()),
  mount: vi.fn(() => ({})),
  unmount: vi.fn(async () => undefined),
}))
vi.mock('./MiniCall.svelte', () => ({ default: vi.fn() }))

/** A small window, as far as its language goes. */
class FakeWindow extends EventTarget {
  readonly document = { documentElement: { lang: '', dir: '' }, title: '', body: {}, head: {} }

  close(): void {
    this.dispatchEvent(new Event('pagehide'))
  }

  get shown(): string[] {
    const { documentElement, title } = this.document
    return [documentElement.lang, documentElement.dir, title]
  }
}

const page = { media: {} } as CallPage
const layout = { main: undefined } as unknown as TileLayout
let opened: FakeWindow
let { chooseLanguage, loadMessages, titlePage } =
  {} as typeof import('../language/language.svelte.ts')
let small: PictureInPicture

beforeAll(async () => {
  const top = {
    documentPictureInPicture: { requestWindow: async () => (opened = new FakeWindow()) },
  }
  vi.stubGlobal('window', Object.assign(top, { parent: top }))
  const document = {
    ...{ documentElement: { lang: '', dir: '' }, title: '', visibilityState: 'visible' },
    querySelectorAll: () => [],
  }
  vi.stubGlobal('document', Object.assign(new EventTarget(), document))
  vi.stubGlobal('navigator', { languages: ['en'] })
  vi.stubGlobal('localStorage', memory())
  ;({ chooseLanguage, loadMessages, titlePage } = await import('../language/language.svelte.ts'))
  const { PictureInPicture } = await import('./picture-in-picture.svelte.ts')
  small = new PictureInPicture(page, layout)
  const title = (text: string) => () => Promise.resolve({ default: { 'lobby.title': text } })
  await loadMessages({ en: title('A call'), ar: title('مكالمة'), zh: title('通话') })
  const { t } = await import('../language/text.ts')
  titlePage(() => t('lobby.title', { brand: '' }))
})
afterAll(() => {
  small.stop()
  vi.unstubAllGlobals()
  showEnglish()
})

async function choose(language: 'ar' | 'zh') {
  await chooseLanguage(language)
  flushSync()
}

it('the small window has the language of the page, also once another is chosen', async () => {
  await small.toggle()
  flushSync()
  expect([small.isOpen, opened.shown]).toEqual([true, ['en', 'ltr', 'A call']])
  await choose('ar')
  expect(opened.shown).toEqual(['ar', 'rtl', 'مكالمة'])
  await choose('zh')
  expect(opened.shown).toEqual(['zh-Hans', 'ltr', '通话'])
})

it('a window that was closed follows it no more', async () => {
  const before = opened.shown
  await small.toggle()
  expect(small.isOpen).toBe(false)
  await choose('ar')
  expect(opened.shown).toEqual(before)
})
