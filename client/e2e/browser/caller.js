import { Person } from './person.js'

/** A person at our own client. */
export class Caller extends Person {
  /** Opens the call's page and joins from its lobby, under a name where one is given. */
  async enter(path, name = '') {
    await this.open(path)
    await this.join(name)
  }

  /** Joins from the lobby. */
  async join(name = '') {
    if (name) await this.page.getByLabel('Your name').fill(name)
    await this.press('Join call')
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true })
  }

  async press(name) {
    await this.button(name).click()
  }

  /** Switches the device, and waits until the button says so. */
  async toggle(device, on) {
    const button = this.button(device)
    await button.click()
    await button.and(this.page.locator(`[aria-pressed="${on}"]`)).waitFor()
  }

  /** Waits until these words are on the page, or at least read out on it. */
  async reads(words, { visible = true } = {}) {
    const found = this.page.getByText(words)
    const wanted = visible ? found.filter({ visible }) : found
    await wanted.first().waitFor({ state: visible ? 'visible' : 'attached' })
  }

  /** Waits until these words are nowhere to be seen. */
  async readsNot(words) {
    await this.page.getByText(words).filter({ visible: true }).first().waitFor({ state: 'hidden' })
  }

  /** Waits until one's own picture moves. */
  async seesSelf() {
    await this.page.waitForFunction(() => {
      const own = document.querySelector('video[aria-label="You"]')
      return own && own.videoWidth > 0 && own.getVideoPlaybackQuality().totalVideoFrames > 1
    })
  }

  /** How large a video is shown, in square pixels. */
  async area(label) {
    const { width, height } = await this.page.locator(`video[aria-label="${label}"]`).boundingBox()
    return width * height
  }

  /** How many tracks of cameras and microphones are still running. */
  liveTracks() {
    return this.page.evaluate(() => window.liveTracks())
  }
}
