// A person at our own client in Firefox.
import { words } from './words.js'

export class FirefoxCaller {
  #page

  static async arrive(firefox, origin) {
    const caller = new this()
    caller.#page = await firefox.newPage()
    caller.origin = origin
    await caller.runFirst(takeFewPictures)
    return caller
  }

  /** Has the page run this function with a value before its own scripts. */
  runFirst(run, value) {
    return this.#page.runFirst(run, value)
  }

  /** Waits until the function returns something true in the page. */
  waitFor(run, value) {
    return this.#page.waitFor(run, value)
  }

  /** Opens a page of this origin. */
  open(path) {
    return this.#page.goto(this.origin + path)
  }

  /** The addresses of the frames in the page, as far as something is shown there. */
  frames() {
    return this.#page.frames()
  }

  /** Opens the call's page and joins from its lobby. */
  async enter(path, name = '') {
    await this.open(path)
    await this.#page.waitFor((name) => {
      const labelled = [...document.querySelectorAll('label')].find((each) =>
        each.textContent.includes('Your name'),
      )
      const input = labelled?.control
      const join = [...document.querySelectorAll('button')].find(
        ({ textContent }) => textContent.trim() === 'Join call',
      )
      if (!input || !join) return false
      input.value = name
      input.dispatchEvent(new Event('input', { bubbles: true }))
      join.click()
      return true
    }, name)
  }

  /** Presses the button with this name, or whose name begins with it. */
  presses(name) {
    return this.#page.waitFor((name) => {
      const button = [...document.querySelectorAll('button')].find((each) =>
        (each.ariaLabel ?? each.textContent.trim()).startsWith(name),
      )
      button?.click()
      return button !== undefined
    }, name)
  }

  /** Writes a message in the open chat, and sends it. */
  writes(text) {
    return this.#page.waitFor((text) => {
      const field = document.querySelector('textarea[aria-label="Message"]')
      if (!field) return false
      field.value = text
      field.dispatchEvent(new Event('input', { bubbles: true }))
      field.form.requestSubmit()
      return true
    }, text)
  }

  /** Offers a file with this many bytes. */
  offers(name, length) {
    return this.#page.waitFor(
      (name, length) => {
        const input = document.querySelector('aside input[type=file]')
        if (!input) return false
        const data = new DataTransfer()
        data.items.add(new File([new Uint8Array(length).fill(7)], name))
        input.files = data.files
        input.dispatchEvent(new Event('change', { bubbles: true }))
        return true
      },
      name,
      length,
    )
  }

  /** Waits until these words are on the page. */
  reads(words) {
    return this.#page.waitFor((words) => document.body.innerText.includes(words), words)
  }

  /** Waits until the connection to the other person is verified, or has a code, which it returns. */
  verifies(status = 'yes') {
    return this.#page.waitFor((status) => {
      const tile = document.querySelector(`[data-verified="${status}"]`)
      if (!tile) return false
      return /Code \d{3} \d{3}/.exec(tile.innerText)?.[0] ?? true
    }, status)
  }

  /** The attribute of the other person's tile: what is shown about its security. */
  shownSecurity() {
    return this.#page.evaluate(
      () => document.querySelector('[data-peer]')?.dataset.verified ?? null,
    )
  }

  /** Waits until the page says that nobody or somebody else is there. */
  inRoom() {
    return this.#page.waitFor(
      (alone) => document.body.innerText.includes(alone) || document.querySelector('[data-peer]'),
      words.alone,
    )
  }

  /** Waits until the other person's video has moved on by some frames from now. */
  async keepsSeeing(frames = 5) {
    await this.sees(1)
    const shown = await this.#page.evaluate(
      () => document.querySelector('[data-peer] video')?.mozPaintedFrames ?? 0,
    )
    await this.sees(shown + frames)
  }

  /** Waits until some frames of the other person have been shown. */
  sees(frames = 3) {
    return this.#page.waitFor((frames) => {
      // Firefox counts no frames of a stream in getVideoPlaybackQuality.
      const video = document.querySelector('[data-peer] video')
      return (video?.mozPaintedFrames ?? 0) >= frames
    }, frames)
  }

  /** Waits until some frames of the screen with this label were shown, and until it sounds. */
  seesScreen(label, { sound }) {
    return this.#page.waitFor(
      (label, sound) => {
        const video = document.querySelector(`video[aria-label="${label}"]`)
        const sounds = video?.srcObject.getAudioTracks().some(({ muted }) => !muted)
        return (video?.mozPaintedFrames ?? 0) >= 3 && (sounds || !sound)
      },
      label,
      sound,
    )
  }

  /** From now on a canvas that changes is the screen to share: without a display, there is none. */
  hasScreen() {
    return this.#page.evaluate(() => {
      const canvas = document.createElement('canvas')
      const context = canvas.getContext('2d')
      let frames = 0
      setInterval(() => {
        context.fillStyle = `hsl(${(frames += 5)} 50% 50%)`
        context.fillRect(0, 0, canvas.width, canvas.height)
      }, 100)
      navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(10)
    })
  }

  leave() {
    return this.#page.close()
  }
}

// Runs in the page: its camera has few and small pictures, as in Chromium, and no echo of a
// tone is looked for.
function takeFewPictures() {
  const media = window.MediaDevices?.prototype ?? {}
  const { getUserMedia } = media
  media.getUserMedia = function ({ audio, video }) {
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    const small = { width: 160, height: 90, frameRate: 8 }
    return getUserMedia.call(this, {
      audio: audio && { ...audio, ...plain },
      video: video && { ...video, ...small },
    })
  }
}
