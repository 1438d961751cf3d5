// The pages in every language: its words instead of English ones, its direction, and both at once
// where people speak different ones.
// Slow: every language is looked at in two windows; with E2E_LOOKS=full, in three.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { check } from './axe.js'
import { openBrowser } from './chromium.js'
import { checkFits, isFull, largeText, narrow, windows } from './fits.js'
import { keyedPath } from './links.js'
import { Person } from './person.js'
import { catalogOf, languages } from './words.js'

const catalogs = Object.fromEntries(languages.map((name) => [name, catalogOf(name)]))

/** Where long words do not fit; what is low cuts off the same in every language. */
const tight = isFull ? windows : [narrow, largeText]

let server, browser
before(async () => {
  server = await startServer()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** Somebody who reads the pages in a language. */
class Reader extends Person {
  /** `locale` is the language that the browser asks for. */
  static async of(language, options = {}) {
    const reader = await this.arrive(browser, server.origin, options)
    reader.language = language
    return reader
  }

  says(key, values = {}) {
    const message = catalogs[this.language][key]
    return message.replace(/\{(\w+)\}/g, (_, name) => values[name])
  }

  button(key) {
    return this.page.getByRole('button', { name: this.says(key), exact: true })
  }

  /** Waits until the page is marked as being in its language. */
  async isIn(language, direction = language === 'ar' ? 'rtl' : 'ltr') {
    this.language = language
    await this.page.locator(`html:lang(${language})[dir=${direction}]`).waitFor()
  }

  get picker() {
    return this.page.locator('select').filter({ has: this.page.locator('option[value=zh]') })
  }

  async picks(language) {
    await this.picker.selectOption(language)
    await this.isIn(language)
  }

  async joins(name) {
    await this.page.getByLabel(this.says('lobby.name')).fill(name)
    await this.button('lobby.join').click()
  }

  /** Waits until screen readers are told this. */
  hears(text) {
    const log = this.page.getByRole('log', { name: this.says('announce.label') })
    return log.getByText(text, { exact: true }).waitFor({ state: 'attached' })
  }

  /** What the page says that is written in the English catalog, but not in that of its language. */
  async english() {
    const own = new Set(Object.values(catalogs[this.language]))
    const foreign = new Set(Object.values(catalogs.en).filter((text) => !own.has(text)))
    return (await this.page.evaluate(textsOf)).filter((text) => foreign.has(text))
  }
}

// Runs in the page: all that it says, also to screen readers.
function textsOf() {
  const texts = [document.title]
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    if (walker.currentNode.parentElement.checkVisibility()) texts.push(walker.currentNode.data)
  }
  for (const element of document.body.querySelectorAll('*')) {
    for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
      if (element.hasAttribute(name)) texts.push(element.getAttribute(name))
  }
  return texts.map((text) => text.trim().replace(/\s+/g, ' ')).filter(Boolean)
}

/** Axe finds nothing in either colour scheme, and the page fits small windows. */
async function checkPage(reader, state) {
  for (const colorScheme of ['light', 'dark']) {
    await reader.page.emulateMedia({ colorScheme })
    await check(reader, `${state}, ${colorScheme}`)
  }
  await checkFits(reader, state)
}

test('every language has its own words, and fits small windows', async () => {
  const reader = await Reader.of('en', { viewport: { width: 320, height: 568 } })
  const fits = async (language, page) => {
    assert.deepEqual(await reader.english(), [], `${page} in ${language}`)
    await checkFits(reader, `${page} in ${language}`, tight)
  }
  for (const language of languages) {
    await reader.open('/')
    await reader.picker.waitFor()
    await reader.picks(language)
    await reader.page.getByRole('heading', { name: reader.says('landing.heading') }).waitFor()
    await fits(language, 'landing page')
    await reader.open('/call/')
    await reader.isIn(language)
    await reader.button('lobby.join').waitFor()
    await fits(language, 'lobby')
  }
  assert.deepEqual(reader.faults, [])
  await reader.leave()
})

test('the settings of a call and its menu fit small windows in every language', async () => {
  const reader = await Reader.of('en', { viewport: { width: 320, height: 568 } })
  await reader.open('/call/')
  await reader.joins('Ann')
  await reader.inRoom()
  for (const language of languages) {
    await reader.button('controls.more').click()
    await reader.button('controls.settings').click()
    await reader.picks(language)
    assert.deepEqual(await reader.english(), [], `settings in ${language}`)
    await checkFits(reader, `settings in ${language}`, tight)
    await reader.button('controls.close').click()
    await reader.button('controls.more').click()
    await checkFits(reader, `menu in ${language}`, tight)
    await reader.page.keyboard.press('Escape')
  }
  assert.deepEqual(reader.faults, [])
  await reader.leave()
})

test('a German and a Japanese page are in a call, and one of them becomes Arabic', async () => {
  const path = keyedPath()
  const ann = await Reader.of('de', { locale: 'de-DE' })
  await ann.open(path)
  await ann.isIn('de')
  await ann.joins('Änne')
  await ann.inRoom()
  const rei = await Reader.of('ja', { locale: 'ja-JP', viewport: { width: 1280, height: 800 } })
  await rei.open(path)
  await rei.isIn('ja')
  await rei.joins('麗')
  await Promise.all([ann.keepsSeeing(), rei.keepsSeeing()])
  await ann.hears(ann.says('announce.joined', { name: '麗' }))
  assert.deepEqual(await ann.english(), [])
  assert.deepEqual(await rei.english(), [])

  await rei.button('controls.settings').click()
  await rei.picks('ar')
  assert.deepEqual(await rei.english(), [])
  await checkPage(rei, 'settings in Arabic')
  await rei.button('controls.close').click()
  await rei.button('controls.chat').click()
  const box = (locator) => locator.boundingBox()
  const chat = await box(rei.page.locator('aside'))
  const tile = await box(rei.page.locator('[data-peer]'))
  assert.ok(chat.x + chat.width <= tile.x, 'the chat is on the left')
  const [first, last] = [
    await box(rei.button('devices.microphone')),
    await box(rei.button('controls.hang-up')),
  ]
  assert.ok(last.x + last.width < first.x, 'the first control is on the right')
  await checkPage(rei, 'call in Arabic')

  await rei.page.reload()
  await rei.isIn('ar')
  await rei.button('lobby.join').click()
  await rei.keepsSeeing()
  assert.deepEqual(await rei.english(), [])
  for (const person of [ann, rei]) {
    assert.deepEqual(person.faults, [])
    await person.leave()
  }
})

test('a browser that asks for Arabic gets pages that are mirrored', async () => {
  const reader = await Reader.of('ar', { locale: 'ar-EG', viewport: { width: 1280, height: 800 } })
  await reader.open('/')
  await reader.isIn('ar')
  const heading = await reader.page
    .getByRole('heading', { name: reader.says('landing.heading') })
    .boundingBox()
  assert.ok(heading.x > 640, 'the text is on the right')
  await checkPage(reader, 'landing page in Arabic')
  await reader.open('/call/')
  await reader.button('lobby.join').waitFor()
  await checkPage(reader, 'lobby in Arabic')
  assert.deepEqual(reader.faults, [])
  await reader.open('/nothing')
  await reader.isIn('ar')
  await reader.page.getByRole('heading', { name: 'الصفحة غير موجودة' }).waitFor()
  assert.match(reader.faults.splice(0).join(), /\b404\b/)
  await checkPage(reader, 'page for errors in Arabic')
  await reader.leave()
})
