/** Caches in memory, as far as the worker uses them. */

/** A request as `keys` returns it, or an address. */
type Key = { url: string } | string

const pathOf = (key: Key) =>
  new URL(typeof key === 'string' ? key : key.url, 'https://calls.example').pathname

export class FakeCache {
  readonly #responses = new Map<string, Response>()

  async match(key: Key): Promise<Response | undefined> {
    return this.#responses.get(pathOf(key))?.clone()
  }

  async put(key: Key, response: Response): Promise<void> {
    this.#responses.set(pathOf(key), response)
  }

  async delete(key: Key): Promise<boolean> {
    return this.#responses.delete(pathOf(key))
  }

  async keys(): Promise<{ url: string }[]> {
    return this.paths.map((path) => ({ url: `https://calls.example${path}` }))
  }

  get paths(): string[] {
    return [...this.#responses.keys()].sort()
  }
}

export class FakeCaches {
  readonly #caches = new Map<string, FakeCache>()

  async has(name: string): Promise<boolean> {
    return this.#caches.has(name)
  }

  async open(name: string): Promise<FakeCache> {
    const cache = this.#caches.get(name) ?? new FakeCache()
    this.#caches.set(name, cache)
    return cache
  }

  async match(key: Key, { cacheName = '' } = {}): Promise<Response | undefined> {
    return this.#caches.get(cacheName)?.match(key)
  }

  async delete(name: string): Promise<boolean> {
    return this.#caches.delete(name)
  }

  async keys(): Promise<string[]> {
    return [...this.#caches.keys()]
  }
}
