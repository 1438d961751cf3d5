// The pages before, after and without a call, in each look and in small windows: axe finds
// nothing, nothing is cut off or covered, and the focus reaches and shows every control.
// Slow: every state is looked at six times; with E2E_LOOKS=full, ten times.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { check, checkLooks } from './axe.js'
import { checkFits } from './fits.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { keyedPath, passwordPath } from './links.js'
import { words } from './words.js'

let server, browser, visitor
before(async () => {
  server = await startServer()
  browser = await openBrowser()
  visitor = await arrive()
  await visitor.runFirst(haveProblems)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const arrive = (options) => Caller.arrive(browser, server.origin, options)

/** Opens a page in a browser that lacks what this function takes away. */
async function arriveWithout(take, path) {
  const person = await arrive()
  await person.runFirst(take)
  await person.open(path)
  return person
}

/** Runs in the page: devices fail as `window.refusal` says, which begins with the link. */
function haveProblems() {
  window.refusal = new URLSearchParams(location.search).get('refusal')
  const { prototype } = MediaDevices
  const { getUserMedia } = prototype
  prototype.getUserMedia = function (constraints) {
    if (!window.refusal) return getUserMedia.call(this, constraints)
    const [name, message] = window.refusal.split(':')
    return Promise.reject(new DOMException(message, name))
  }
}

test('the landing page', async () => {
  await visitor.open('/')
  await visitor.button('Start a call').waitFor()
  await checkLooks(visitor, 'landing page')
  await visitor.press('Join')
  await visitor.page.getByRole('alert').filter({ hasText: /\w/ }).waitFor()
  await checkLooks(visitor, 'landing page with a problem')
})

test('pages in Arabic, and in German, whose words are long', async () => {
  for (const [locale, direction] of [
    ['ar', 'rtl'],
    ['de', 'ltr'],
  ]) {
    const person = await arrive({ locale })
    for (const path of ['/', '/call/test', keyedPath()]) {
      await person.open(path)
      await person.page.locator(`html[lang="${locale}"] h1`).waitFor()
      assert.equal(
        await person.page.evaluate(() => getComputedStyle(document.body).direction),
        direction,
      )
      await check(person, `${path} in ${locale}`)
      await checkFits(person, `${path} in ${locale}`)
    }
    await person.leave()
  }
})

test('pages without https, and in a browser without calls', async () => {
  const insecure = () => Object.defineProperty(crypto, 'subtle', { value: undefined })
  const other = await arriveWithout(insecure, '/')
  await other.reads(/^This page is not secure/)
  await checkLooks(other, 'insecure landing page')
  await other.open(keyedPath())
  await other.reads('This call needs a secure page')
  await checkLooks(other, 'insecure call page')
  await other.leave()
  const old = await arriveWithout(() => delete window.RTCPeerConnection, keyedPath())
  await old.reads('This browser can’t make calls')
  await checkLooks(old, 'browser without calls')
  await old.leave()
})

/** The status of a page for an unknown address is no fault of it, everything else is. */
function acceptMissingPage() {
  const faults = visitor.faults.splice(0)
  assert.deepEqual(
    faults.filter((fault) => !/\b404\b/.test(fault)),
    [],
  )
  assert.equal(faults.length, 2)
}

test('pages for links that lead nowhere', async () => {
  await visitor.open('/nothing')
  await visitor.reads('Page not found')
  acceptMissingPage()
  await checkLooks(visitor, 'unknown address')
  await visitor.open(`/call/%23${'0a'.repeat(16)},XP9vbKYOnu9RbM5Y1uga8g`)
  await visitor.reads('This link was changed on its way')
  acceptMissingPage()
  await checkLooks(visitor, 'link that was changed')
  await visitor.open(`/call/#${'0a'.repeat(16)}`)
  await visitor.reads(words.damaged)
  await checkLooks(visitor, 'damaged link')
})

test('the lobby, with every problem of devices', async () => {
  await visitor.open('/')
  await visitor.open(`${passwordPath().replace('#', '?refusal=NotAllowedError#')}`)
  await visitor.reads('Your camera and microphone are blocked')
  await checkLooks(visitor, 'lobby with a password, devices blocked')
  for (const [refusal, title] of [
    ['NotAllowedError:dismissed', 'Allow your camera and microphone?'],
    ['NotAllowedError:by policy', 'This page may not use your camera and microphone'],
    ['NotAllowedError:by system', 'Your system blocks the camera and microphone'],
    ['NotFoundError', 'No camera or microphone found'],
    ['NotReadableError', 'Your camera and microphone are in use'],
    ['OverconstrainedError', 'Your camera and microphone can’t be used'],
    ['Error', 'Your camera and microphone didn’t start'],
  ]) {
    await visitor.page.evaluate((refusal) => (window.refusal = refusal), refusal)
    await visitor.press('Try again')
    await visitor.reads(title)
    await checkFits(visitor, title)
  }
  await visitor.page.evaluate(() => (window.refusal = ''))
  await visitor.press('Try again')
  await visitor.seesSelf()
  await checkLooks(visitor, 'lobby with a password')
})

test('alone in a call, and without the server', async () => {
  const late = await arrive()
  await late.open(keyedPath())
  await late.seesSelf()
  await visitor.comes(keyedPath())
  await visitor.reads(words.alone)
  await checkLooks(visitor, 'alone')
  await visitor.press('QR code')
  await visitor.page.getByRole('img', { name: /^QR code/ }).waitFor()
  await checkLooks(visitor, 'alone, with a QR code')
  await server.stop()
  server = undefined
  await late.press('Join call')
  await late.reads(words.serverAway)
  await visitor.reads(words.serverLost)
  // That nothing answers any more is no fault of the pages.
  await checkLooks({ page: late.page, faults: [] }, 'server out of reach')
  await checkLooks({ page: visitor.page, faults: [] }, 'alone without the server')
})
