// A person at a browser, who opens a page and sees the other person or does not.
import { Inbox } from '../inbox.js'
import { timeout } from '../timeout.js'
import { observeFreezes } from './freezes.js'
import { observeInterruptions } from './interruptions.js'
import { observe } from './observe.js'

/**
 * As small as a window can be that has the layout of a desktop, and nothing in it fades or slides:
 * it is drawn without a GPU, and what moves is drawn sixty times a second.
 */
const cheap = { viewport: { width: 960, height: 600 }, reducedMotion: 'reduce' }

/** Options for the `arrive` of somebody for whom things move, as for most people. */
export const inMotion = { reducedMotion: 'no-preference' }

/**
 * One person's browser: a fresh context that records faults, which are script errors,
 * CSP violations, failed requests, and requests to other origins.
 */
export class Person {
  faults = []
  requested = []
  #origin
  #left = false
  #socket
  #enter
  #entered = new Promise((resolve) => (this.#enter = resolve))
  #entries = new Inbox()

  /**
   * `network` is this person's own one; without it they use the machine's. Their browser
   * installs no service worker unless the options allow it: that costs each of them a process.
   */
  static async arrive(browser, origin, { network, ...options } = {}) {
    const person = new this()
    person.#origin = origin
    const usual = { ...cheap, baseURL: origin, locale: 'en-US', serviceWorkers: 'block' }
    person.context = await browser.newContext({ ...usual, ...options })
    person.context.setDefaultTimeout(timeout)
    person.context.on('page', (page) => person.#watch(page))
    await person.context.addInitScript(observe)
    await person.context.addInitScript(observeInterruptions)
    await person.context.addInitScript(observeFreezes)
    await network?.attach(person)
    person.page = await person.context.newPage()
    return person
  }

  /** Has the page run this function with a value before its own scripts. */
  runFirst(run, value) {
    return this.context.addInitScript(run, value)
  }

  /** Waits until the function returns something true in the page, and returns it. */
  async waitFor(run, value) {
    const found = await this.page.waitForFunction(run, value, { polling: 50, timeout })
    return found.jsonValue()
  }

  /** Enters the call at this path; the original's page does so by itself. */
  enter(path) {
    return this.open(path)
  }

  async open(path) {
    this.opened = Date.now()
    await this.page.goto(path, { waitUntil: 'commit' })
  }

  /** The addresses of what is shown in frames of the page. */
  frames() {
    return this.page
      .frames()
      .slice(1)
      .map((frame) => frame.url())
  }

  /** Waits until the server has told this person that they are in the room. */
  async inRoom() {
    await this.#entered
  }

  /** The server's next answer that gives this person a seat, since the given time. */
  async seated(since = 0) {
    for (;;) {
      const entry = await this.#entries.next('a seat')
      if (entry.at >= since) return entry
    }
  }

  /** Waits until the WebSocket to the server is closed. */
  async disconnected() {
    if (this.#socket?.isClosed() === false) await this.#socket.waitForEvent('close')
  }

  async leave() {
    this.#left = true
    // Chromium's headless shell ends a page without telling it.
    await this.page.goto('about:blank').catch(() => undefined)
    await this.context.close()
  }

  /** Waits for the other person's first frame. Returns the milliseconds since the page was opened. */
  async sees() {
    const first = await this.page
      .waitForFunction(() => window.remoteVideo(), undefined, { polling: 25, timeout })
      .catch(async (error) => {
        const connections = await this.page.evaluate(() => window.connections())
        throw new Error(`${this.page.url()} shows nobody: ${connections}`, { cause: error })
      })
    return (await first.jsonValue()).at - this.opened
  }

  /** Waits until the other's video has moved on by some frames from now. */
  async keepsSeeing(frames = 5) {
    await this.sees()
    const { frames: known } = await this.page.evaluate(() => window.remoteVideo())
    await this.page.waitForFunction(
      (count) => window.remoteVideo()?.frames >= count,
      known + frames,
      { polling: 25, timeout },
    )
  }

  /** Waits until the pictures of all of these have moved on by some frames from now. */
  async keepsSeeingAll(labels, frames = 5) {
    const known = await this.#framesOf(labels)
    await this.page
      .waitForFunction(
        ([labels, counts]) => {
          const videos = new Map(window.remoteVideos().map((video) => [video.label, video.frames]))
          return labels.every((label, index) => videos.get(label) >= counts[index])
        },
        [labels, known.map((count) => count + frames)],
        { polling: 25, timeout },
      )
      .catch(async (error) => {
        const now = await this.#framesOf(labels)
        const counts = labels.map((label, index) => `${label} ${known[index]} to ${now[index]}`)
        throw new Error(`frames seen: ${counts.join(', ')}`, { cause: error })
      })
  }

  async #framesOf(labels) {
    const videos = await this.page.evaluate(() => window.remoteVideos())
    const frames = new Map(videos.map((video) => [video.label, video.frames]))
    return labels.map((label) => frames.get(label) ?? 0)
  }

  /** Begins to measure how long the others' pictures stand still. */
  watchFreezes() {
    return this.page.evaluate(() => window.watchFreezes())
  }

  /** The freezes since then; see `observeFreezes`. */
  freezes() {
    return this.page.evaluate(() => window.freezes())
  }

  /** Begins to watch what this page does to the others' pictures. */
  watchInterruptions() {
    return this.page.evaluate(() => window.watchInterruptions())
  }

  /** What it did since that they would stop by; see `observeInterruptions`. */
  interruptions() {
    return this.page.evaluate(() => window.interruptions())
  }

  /** How many frames of the other have been shown. */
  async framesSeen() {
    const { frames } = await this.page.evaluate(() => window.remoteVideo())
    return frames
  }

  /** The ICE session and the number of the connection that each picture comes by. */
  iceSessions() {
    return this.page.evaluate(() => window.iceSessions())
  }

  /** Waits until a picture no longer comes by this ICE session. */
  async leavesIceSession({ session }) {
    await this.page.waitForFunction(
      (before) => Object.values(window.iceSessions()).every(({ session }) => session !== before),
      session,
      { polling: 25, timeout },
    )
  }

  /** Waits until this person has made an offer that is not answered yet. */
  async hasOffered() {
    await this.page.waitForFunction(() => window.connections().includes('have-local-offer'))
  }

  /** The browser tells the page that there is a network. */
  async changesNetwork() {
    await this.page.evaluate(() => void window.dispatchEvent(new Event('online')))
  }

  /** Waits until no video of another person is left on the page. */
  async seesNobody() {
    await this.page.waitForFunction(() => !window.remoteVideo(), undefined, { timeout })
  }

  #read = (received) => {
    for (const packet of received.split('\x1e')) {
      // What an old client hears, and the ack of ours.
      const [, ack] = /^43\d+(\[\{"ok":true,"id".*)$/s.exec(packet) ?? []
      if (ack) this.#entries.push({ at: Date.now(), ...JSON.parse(ack)[0] })
      if (ack || /\["(created|joined)"/.test(packet)) this.#enter()
    }
  }

  #watch(page) {
    const fault = (text) => this.#left || this.faults.push(text)
    page.on('pageerror', (error) => fault(`script error: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') fault(`console: ${message.text()}`)
    })
    page.on('request', (request) => {
      const url = new URL(request.url())
      this.requested.push(url.pathname)
      const local = ['data:', 'blob:'].includes(url.protocol)
      if (!local && url.origin !== this.#origin) fault(`request to ${url.origin}`)
    })
    page.on('response', (response) => {
      if (response.status() >= 400) fault(`${response.status()} for ${response.url()}`)
      if (response.url().includes('/socket.io/')) response.text().then(this.#read, () => {})
    })
    page.on('websocket', (socket) => {
      this.#socket = socket
      socket.on('framereceived', ({ payload }) => this.#read(String(payload)))
      socket.on('socketerror', (error) => fault(`WebSocket: ${error}`))
    })
    page.on('requestfailed', (request) => {
      const { errorText } = request.failure()
      // Leaving a page ends what it still loads; signaling must never be cut off.
      const leaving = errorText === 'net::ERR_ABORTED' && !request.url().includes('/socket.io/')
      if (!leaving) fault(`${errorText} for ${request.method()} ${request.url()}`)
    })
  }
}
