// The sign on a tile when a connection is bad, and the figures behind it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freePort, startServer } from '../process.js'
import { checkLooks } from './axe.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { newPath } from './links.js'
import { forceRelay } from './relayed.js'

let server, browser
before(async () => {
  server = await startServer({
    TURN_LISTEN: `127.0.0.1:${await freePort()}`,
    TURN_PUBLIC_IP: '127.0.0.1',
    TURN_SECRET: 'only for tests, at least',
  })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** Runs in the page: looks at connections ten times as often. */
function lookOften() {
  const { setTimeout } = window
  window.setTimeout = (run, ms, ...more) => setTimeout(run, ms === 2500 ? 250 : ms, ...more)
}

/** Runs in the page: while `window.busy`, the browser says that the computer is. */
function canBeBusy() {
  const { getStats } = RTCPeerConnection.prototype
  const made = (entry) => {
    if (entry.type === 'outbound-rtp') return { ...entry, qualityLimitationReason: 'cpu' }
    return entry.type === 'media-source' ? { ...entry, height: 4 * entry.height } : entry
  }
  RTCPeerConnection.prototype.getStats = async function () {
    const report = await getStats.call(this)
    return window.busy ? new Map([...report].map(([id, entry]) => [id, made(entry)])) : report
  }
}

test('a busy computer is shown on both pages, with the figures of a relayed call', async () => {
  const people = []
  const arrive = async () => {
    const person = await Caller.arrive(browser, server.origin)
    people.push(person)
    await person.runFirst(lookOften)
    await person.runFirst(canBeBusy)
    await forceRelay(person, { origin: server.origin, transport: 'udp' })
    return person
  }
  const busy = (person, value) => person.page.evaluate((value) => (window.busy = value), value)
  try {
    const [ann, bo] = [await arrive(), await arrive()]
    const path = newPath()
    await ann.enter(path, 'Ann')
    await bo.enter(path, 'Bo')
    await Promise.all([ann.keepsSeeing(), bo.keepsSeeing()])
    const theirs = ann.button('Bo’s computer is busy. Show why')
    const ours = bo.button('Your computer is busy. Show why')
    await busy(bo, true)
    await Promise.all([theirs.waitFor(), ours.waitFor()])

    await theirs.press('Enter')
    const dialog = ann.page.getByRole('dialog', { name: 'Bo’s computer is busy' })
    await dialog.getByRole('row', { name: 'Path Over a relay (UDP)' }).waitFor()
    assert.match(await dialog.getByRole('row', { name: /^Round trip/ }).innerText(), /\d+ ms/)
    await checkLooks(ann, 'why a picture is bad')
    await ann.page.keyboard.press('Escape')
    await ann.page.waitForFunction(() => document.activeElement?.closest('.marks'))

    await ours.click()
    const own = bo.page.getByRole('dialog', { name: 'Your computer is busy' })
    await own.getByText(/^Ann: over a relay, \d+ ms$/).waitFor()
    await bo.press('Close')

    await busy(bo, false)
    await Promise.all([theirs.waitFor({ state: 'hidden' }), ours.waitFor({ state: 'hidden' })])
    await ann.pressInToolbar('Settings')
    await ann.page.getByText(/^Bo: over a relay, \d+ ms$/).click()
    await ann.page.getByRole('row', { name: 'Path Over a relay (UDP)' }).waitFor()
  } finally {
    await Promise.all(people.map((person) => person.leave()))
  }
})
