/** Code that is loaded when it is first needed. */
export class Lazy<T> {
  readonly #import: () => Promise<T>
  #current = $state.raw<T | undefined>()
  #loading = false

  constructor(load: () => Promise<T>) {
    this.#import = load
  }

  /** Begins to load it; undefined until it is there. If that fails, another call tries again. */
  load(): T | undefined {
    if (!this.#current && !this.#loading) {
      this.#loading = true
      this.#import()
        .then(
          (loaded) => (this.#current = loaded),
          () => undefined,
        )
        .finally(() => (this.#loading = false))
    }
    return this.#current
  }
}
