import { newPath } from './links.js'

/**
 * A call beside the tested one in which nothing happens. It shows how long pictures
 * freeze on this machine at this moment. A busy machine freezes them in every call,
 * so a test compares its own call with this one.
 */
export class Baseline {
  #people = []

  /** `arrive` opens a browser context in the same way as for the people of the test. */
  static async start(arrive) {
    const baseline = new this()
    const path = newPath()
    for (let count = 0; count < 2; count++) {
      const person = await arrive()
      baseline.#people.push(person)
      await person.enter(path)
      await person.inRoom()
    }
    await baseline.#each((person) => person.keepsSeeing(15))
    return baseline
  }

  watch() {
    return this.#each((person) => person.watchFreezes())
  }

  /** The longest freeze since `watch`, in ms, once both pictures have moved on. */
  async longest() {
    await this.#each((person) => person.keepsSeeing())
    const freezes = await this.#each((person) => person.freezes())
    return Math.max(...freezes.flat().map(({ longest }) => longest))
  }

  stop() {
    return this.#each((person) => person.leave())
  }

  #each(action) {
    return Promise.all(this.#people.map(action))
  }
}
