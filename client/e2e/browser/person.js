// A person at a browser: opens a page, sees or does not see the other.
import { patience } from '../patience.js'

/**
 * One person's browser: a fresh context, with a record of what nobody must ever
 * meet: script errors, CSP violations, failed requests, requests to strangers.
 */
export class Person {
  faults = []
  requested = []
  #origin
  #left = false
  #enter
  #entered = new Promise((resolve) => (this.#enter = resolve))

  static async arrive(browser, origin, options = {}) {
    const person = new this()
    person.#origin = origin
    person.context = await browser.newContext({ baseURL: origin, ...options })
    person.context.on('page', (page) => person.#watch(page))
    await person.context.addInitScript(observe)
    person.page = await person.context.newPage()
    return person
  }

  /** Enters the call at this path; the original's page does so by itself. */
  enter(path) {
    return this.open(path)
  }

  async open(path) {
    this.opened = Date.now()
    await this.page.goto(path, { waitUntil: 'commit' })
  }

  /** Waits until this person is in the room, as the wire tells it. */
  async inRoom() {
    await this.#entered
  }

  async leave() {
    this.#left = true
    await this.context.close()
  }

  /** Milliseconds from opening the page until the other's first frame is there. */
  async sees() {
    const first = await this.page
      .waitForFunction(() => window.remoteVideo(), undefined, { polling: 25, timeout: patience })
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
      { polling: 25, timeout: patience },
    )
  }

  /** Waits until no video of another person is left on the page. */
  async seesNobody() {
    await this.page.waitForFunction(() => !window.remoteVideo(), undefined, { timeout: patience })
  }

  #read = (received) => {
    // What an old client hears, and the ack of ours.
    if (/\["(created|joined)"|\[\{"ok":true,"id"/.test(received)) this.#enter()
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

// Runs in the page before its own scripts: which tracks come from another
// person, how many frames of theirs a video element has shown, and which
// tracks of devices were opened.
function observe() {
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
    console.error(`the content policy (${effectiveDirective}) forbids ${blockedURI}`),
  )
  const remote = new Set()
  const connections = []
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...given) {
      super(...given)
      this.addEventListener('track', ({ track }) => remote.add(track))
      connections.push(this)
    }
  }
  window.connections = () =>
    connections
      .map(({ signalingState, iceConnectionState, connectionState, currentLocalDescription }) =>
        [signalingState, iceConnectionState, connectionState, currentLocalDescription?.type].join(),
      )
      .join(' ')
  const own = new Set()
  const media = window.MediaDevices?.prototype ?? {}
  const { getUserMedia } = media
  media.getUserMedia = async function (constraints) {
    const stream = await getUserMedia.call(this, constraints)
    for (const track of stream.getTracks()) own.add(track)
    return stream
  }
  window.liveTracks = () => [...own].filter(({ readyState }) => readyState === 'live').length
  window.remoteVideo = () => {
    for (const video of document.querySelectorAll('video')) {
      const tracks = video.srcObject?.getVideoTracks() ?? []
      const frames = video.getVideoPlaybackQuality().totalVideoFrames
      const live = tracks.some((track) => remote.has(track) && track.readyState === 'live')
      if (live && video.videoWidth > 0 && frames > 0) return { frames, at: Date.now() }
    }
    return undefined
  }
}
