import { timeout } from './timeout.js'

/** A queue of what arrived, for readers that may come before or after it. */
export class Inbox {
  #arrived = []
  #readers = []
  #closed

  push(item) {
    const reader = this.#readers.shift()
    if (reader) reader.resolve(item)
    else this.#arrived.push(item)
  }

  /** Closes the inbox. Waiting and later readers receive the error. */
  close(error) {
    this.#closed ??= error
    for (const reader of this.#readers.splice(0)) reader.reject(this.#closed)
  }

  /** The next item; rejects if none arrives within the given milliseconds. */
  next(what = 'an item', milliseconds = timeout) {
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

  /** The items that have not been read. */
  get rest() {
    return [...this.#arrived]
  }
}
