/** A sign that is calm: it comes when something stays wrong, and goes when all stays well. */

/** How many looks in a row show that something is wrong, and that all is well again. */
const APPEARS_AFTER = 3
const DISAPPEARS_AFTER = 4

export class Steady<T> {
  #shown: T | undefined
  /** What the last looks said that was not shown, and how many of them. */
  #other: T | undefined
  #count = 0

  /** Takes what one look says. Returns what is to be shown. */
  update(value: T | undefined): T | undefined {
    if (value === this.#shown) this.#count = 0
    else {
      this.#count = value === this.#other ? this.#count + 1 : 1
      this.#other = value
      const needed = value === undefined ? DISAPPEARS_AFTER : APPEARS_AFTER
      if (this.#count >= needed) {
        this.#shown = value
        this.#count = 0
      }
    }
    return this.#shown
  }
}
