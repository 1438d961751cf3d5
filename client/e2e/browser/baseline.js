import { newPath } from './call.js'

/**
 * A call beside the one that is tested, in which nothing happens: for how long
 * pictures stand still on this machine as it is now. A busy machine makes them
 * do so in every call, so a test asks how much longer they did in its own.
 */
export class Baseline {
  #people = []

  /** `arrive` brings a person as those of the test arrive. */
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
    return this.#each((person) => person.watchStillness())
  }

  /** The longest that a picture stood still since, in ms; both have moved on. */
  async longest() {
    await this.#each((person) => person.keepsSeeing())
    const sights = await this.#each((person) => person.stillness())
    return Math.max(...sights.flatMap(({ rests }) => rests.map(({ still }) => still)))
  }

  stop() {
    return this.#each((person) => person.leave())
  }

  #each(action) {
    return Promise.all(this.#people.map(action))
  }
}
