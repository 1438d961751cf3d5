import { timeout } from '../timeout.js'
import { Person } from './person.js'

/** A person at our own client. */
export class Caller extends Person {
  /** Opens the call's page and joins from its lobby, with a name if one is given. */
  async enter(path, name = '') {
    await this.open(path)
    await this.join(name)
  }

  /** Joins from the lobby. */
  async join(name = '') {
    if (name) await this.page.getByLabel('Your name').fill(name)
    await this.press('Join call')
  }

  /** Goes to the lobby of another call, from one that is open without a reload. */
  async goes(path) {
    const here = this.page.url().includes('/call/')
    if (here) await this.page.evaluate((path) => location.assign(path), path)
    else await this.open(path)
  }

  /** Opens another call and joins it, as far as this person can get alone. */
  async comes(path, introduction) {
    await this.goes(path)
    await this.joins(introduction)
  }

  /** Fills in what the lobby asks for, and joins. */
  async joins({ name = '', password } = {}) {
    if (password !== undefined) await this.page.getByLabel('Password for this call').fill(password)
    await this.page.getByLabel(/^Your name/).fill(name)
    await this.press('Join call')
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** Presses a button of the toolbar; on small pages it is under "Reactions and more". */
  async pressInToolbar(name) {
    if (await this.button(name).isVisible()) await this.press(name)
    else await this.pressUnderMore(name)
  }

  async pressUnderMore(name) {
    await this.page.getByRole('button', { name: /^Reactions and more/ }).click()
    await this.press(name)
  }

  async press(name) {
    await this.button(name).click()
  }

  /** Switches the device, and waits until the button says so. */
  async toggle(device, on) {
    await this.press(device)
    await this.isToggled(device, on)
  }

  /** Waits until the device's button says that it is on or off. */
  async isToggled(device, on, milliseconds = timeout) {
    const pressed = this.page.locator(`[aria-pressed="${on}"]`)
    await this.button(device).and(pressed).waitFor({ timeout: milliseconds })
  }

  /** Waits until these words are on the page, or at least read out on it. */
  async reads(words, { visible = true } = {}) {
    const found = this.page.getByText(words)
    const wanted = visible ? found.filter({ visible }) : found
    await wanted.first().waitFor({ state: visible ? 'visible' : 'attached' })
  }

  /** The text of an element with these words, once it is on the page. */
  finds(words) {
    return this.page.getByText(words).filter({ visible: true }).first().textContent()
  }

  /** Waits until these words are nowhere to be seen. */
  async readsNot(words) {
    await this.page.getByText(words).filter({ visible: true }).first().waitFor({ state: 'hidden' })
  }

  /** The other person's video as it is shown now; undefined if there is none. */
  shows() {
    return this.page.evaluate(() => window.remoteVideo())
  }

  /** Waits until this person's own picture moves. */
  async seesSelf() {
    await this.page.waitForFunction(() => {
      const own = document.querySelector('video[aria-label="You"]')
      return own && own.videoWidth > 0 && own.getVideoPlaybackQuality().totalVideoFrames > 1
    })
  }

  /** The tile of the person with this name. */
  tile(name) {
    const video = this.page.locator(`video[aria-label="${name}"]`)
    return this.page.locator('[data-peer]').filter({ has: video })
  }

  /** Waits until the video of the person with this name has moved on by some frames. */
  async seesOf(name, frames = 2) {
    await this.page.waitForFunction(
      ({ name, frames }) => {
        const video = document.querySelector(`video[aria-label="${name}"]`)
        const shown = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0
        const seen = (window.shown ??= {})
        const target = (seen[`${name} ${frames}`] ??= shown + frames)
        if (shown < target) return false
        delete seen[`${name} ${frames}`]
        return true
      },
      { name, frames },
      { polling: 50, timeout },
    )
  }

  /** Waits until the connection to somebody is verified, or to the one with this name. */
  async verifies(name) {
    const tile = name ? this.tile(name) : this.page.locator('[data-peer]')
    await tile.and(this.page.locator('[data-verified="yes"]')).first().waitFor()
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
