// The password, the lock and a tampered call, checked by axe.
import { after, before, test } from 'node:test'
import { startServer } from '../process.js'
import { checkLooks } from './axe.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { keyedPath, passwordPath } from './links.js'
import { startMitmProxy } from './mitm-proxy.js'
import { tamperings } from './tampering.js'
import { words } from './words.js'

let server, proxy, browser, host, guest, other
let rewrite = (details) => details
before(async () => {
  server = await startServer()
  proxy = await startMitmProxy(server.port, (details) => rewrite(details))
  browser = await openBrowser()
  const arrive = () => Caller.arrive(browser, proxy.origin, { reducedMotion: 'reduce' })
  ;[host, guest, other] = [await arrive(), await arrive(), await arrive()]
})
after(async () => {
  await browser?.close()
  await proxy?.stop()
  await server?.stop()
})

test('the password', async () => {
  const path = passwordPath()
  await host.comes(path, { password: 'right' })
  await host.reads(words.alone)
  await guest.goes(path)
  await guest.button('Join call').waitFor()
  await checkLooks(guest, 'password')
  await guest.joins({ password: 'wrong' })
  await guest.reads(words.wrongPassword)
  await checkLooks(guest, 'wrong password')
})

test('the lock, and a call of three', async () => {
  const path = keyedPath()
  await host.comes(path, { name: 'Hanna' })
  await host.reads(words.alone)
  await guest.comes(path, { name: 'Gustav' })
  await Promise.all([host.sees(), guest.sees()])
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
