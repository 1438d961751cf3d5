import { patience } from './patience.js'

/** What arrived, in order, for a reader that may come before or after it. */
export class Inbox {
  #arrived = []
  #readers = []
  #closed

  push(item) {
    const reader = this.#readers.shift()
    if (reader) reader.resolve(item)
    else this.#arrived.push(item)
  }

  /** Ends the inbox: readers that wait, and those to come, get the error. */
  close(error) {
    this.#closed ??= error
    for (const reader of this.#readers.splice(0)) reader.reject(this.#closed)
  }

  /** The next item; rejects after the given milliseconds without one. */
  next(what = 'an item', milliseconds = patience) {
    if (this.#arrived.length) return Promise.resolve(this.#arrived.shift())
    if (this.#closed) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      const reader = { resolve: settle(resolve), reject: settle(reject) }
      const timer = setTimeout(() => {
        this.#readers.splice(this.#readers.indexOf(reader), 1)
        reject(new Error(`waited ${milliseconds} ms for ${what}`))
      }, milliseconds)
      function settle(callback) {
        return (value) => {
          clearTimeout(timer)
          callback(value)
        }
      }
      this.#readers.push(reader)
    })
  }

  /** Items that arrived and were not read. */
  get rest() {
    return [...this.#arrived]
  }
}
