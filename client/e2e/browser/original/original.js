import { Person } from '../person.js'

/** A person at the original's client. */
export class Original extends Person {
  /**
   * Waits until this person is in the room and has made the offer that finds
   * nobody there. Two offers that cross break the call, with any server: this
   * client knows no glare.
   */
  async inRoom() {
    await super.inRoom()
    await this.page.locator('body.described').waitFor({ state: 'attached' })
  }
}
