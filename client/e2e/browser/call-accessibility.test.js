// Every state of a call, looked at as accessibility.test.js looks at the other pages.
// Slow: every state is looked at six times; with E2E_LOOKS=full, ten times.
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { check, checkLooks } from './axe.js'
import { openBrowser } from './chromium.js'
import { keyedPath, newPath, passwordPath } from './links.js'
import { startMitmProxy } from './mitm-proxy.js'
import { Talker } from './talk.js'
import { tamperings } from './tampering.js'
import { words } from './words.js'

const longName = 'Bartholomew Featherstonehaugh-Cholmondeley'

let server, proxy, browser, host, guest, other
let rewrite = (details) => details
before(async () => {
  server = await startServer()
  proxy = await startMitmProxy(server.port, (details) => rewrite(details))
  browser = await openBrowser()
  const arrive = () => Talker.arrive(browser, proxy.origin)
  ;[host, guest, other] = [await arrive(), await arrive(), await arrive()]
  await host.runFirst(saveData)
  await host.runFirst(beSilenced)
})
after(async () => {
  await browser?.close()
  await proxy?.stop()
  await server?.stop()
})

/** Runs in the page: the user has set the browser to save data. */
function saveData() {
  Object.defineProperty(navigator.connection, 'saveData', { value: true })
}

/** Runs in the page: the browser allows no sound while `window.silenced`. */
function beSilenced() {
  window.silenced = true
  const { play } = window.HTMLMediaElement.prototype
  window.HTMLMediaElement.prototype.play = async function () {
    if (!window.silenced || this.muted) return play.call(this)
    this.autoplay = false
    throw new DOMException('', 'NotAllowedError')
  }
}

/** Runs in the page: a file is dragged over it. */
function drag() {
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File(['text'], 'text.txt'))
  document.body.dispatchEvent(new DragEvent('dragover', { dataTransfer, bubbles: true }))
}

/** Opens what is under "Reactions and more", and looks at it. */
async function looksUnderMore(person, state) {
  await person.page.getByRole('button', { name: /^Reactions and more/ }).click()
  await person.button('Applause').waitFor()
  await checkLooks(person, state)
}

test('the password', async () => {
  const path = passwordPath()
  await host.comes(path, { password: 'right' })
  await host.reads(words.alone)
  await guest.goes(path)
  await guest.joins({ password: 'wrong' })
  await guest.reads(words.wrongPassword)
  await checkLooks(guest, 'wrong password')
})

test('a call of two, with all that can be opened, and a third who finds no seat', async () => {
  const path = newPath()
  await host.comes(path, { name: 'Hanna' })
  await host.reads(words.alone)
  await guest.comes(path, { name: longName })
  await guest.sees()
  await host.button('Turn on sound').waitFor()
  await checkLooks(host, 'without sound, and with an offer to save data')
  await host.page.evaluate(() => (window.silenced = false))
  await host.press('Turn on sound')
  await host.press('No, thanks')
  await host.sees()
  await checkLooks(host, 'talking')
  await looksUnderMore(host, 'reactions')
  await host.press('Raise hand')
  for (const [name, title] of [
    ['Invite', 'Invite people'],
    ['Settings', 'Settings'],
  ]) {
    await host.press(name)
    await host.page.getByRole('dialog', { name: title }).waitFor()
    await checkLooks(host, title)
    await host.press('Close')
  }
  await other.comes(path)
  await other.reads(words.full)
  await checkLooks(other, 'full')
})

test('chat, files and shared screens', async () => {
  await Promise.all([host.opensChat(), guest.opensChat()])
  await checkLooks(host, 'empty chat')
  await host.writes('See https://example.com/a/long/address/that/does/not/end/so/soon/at/all')
  await guest.readsLast('See https')
  await guest.writes('مرحبا')
  await guest.offersBytes('a-file-with-a-long-name-that-goes-on-and-on.bin', 2_000_000)
  await host.readsOf('a-file', 'Accept only what you expect.')
  await checkLooks(host, 'chat with messages and a file')
  await guest.readsOf('a-file', /^Waiting/)
  await checkLooks(guest, 'chat with an own file')
  await host.page.evaluate(drag)
  await host.reads(/^Drop to send/)
  await check(host, 'a file over the page')
  await host.page.evaluate(() => window.dispatchEvent(new DragEvent('dragleave')))
  await host.press('Close chat')
  await host.toggle('Share screen', true)
  await guest.reads('Hanna’s screen')
  await checkLooks(host, 'sharing a screen')
  await checkLooks(guest, 'a shared screen')
  await guest.press('Hang up')
  await guest.reads(words.youLeft)
  await checkLooks(guest, 'left')
})

test('the lock, and a call of three', async () => {
  const path = keyedPath()
  await host.comes(path, { name: 'Hanna' })
  await host.reads(words.alone)
  await guest.comes(path, { name: longName })
  await guest.sees()
  await host.toggle('Lock call', true)
  await other.comes(path)
  await other.reads(words.locked)
  await checkLooks(other, 'locked')
  await other.page.getByLabel(/^Your name/).fill('Ole')
  await other.press('Ask to join')
  await other.reads(words.knocking)
  await checkLooks(other, 'knocking')
  await guest.toggle('Microphone', false)
  await host.button('Admit').waitFor()
  await checkLooks(host, 'somebody knocks')
  await host.press('Deny')
  await other.reads(words.denied)
  await checkLooks(other, 'denied')
  await host.toggle('Lock call', false)
  await other.press('Ask again')
  await host.verifies('Ole')
  await checkLooks(host, 'three, one of them muted')
})

test('a call that was tampered with', async () => {
  const swap = tamperings['fingerprints swapped']
  rewrite = (details) => (details.sdp ? swap(details) : details)
  const path = keyedPath()
  await host.comes(path)
  await host.reads(words.alone)
  await guest.comes(path)
  await host.reads(words.tampered)
  await checkLooks(host, 'tampered with')
  await other.comes(path)
  await host.page.getByRole('alert').nth(1).waitFor()
  await checkLooks(host, 'tampered with, among three')
})
