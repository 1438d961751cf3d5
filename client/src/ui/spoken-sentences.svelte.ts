/** How long sentences stay for those who read with a cursor, in ms. */
const STAY = 10_000
/** How many stay at most. */
const MAX_SENTENCES = 20

/** What screen readers are told, for SpokenLog.svelte to show. Made while a component is. */
export class SpokenSentences {
  #count = 0
  #all = $state.raw<readonly { key: number; text: string }[]>([])

  constructor() {
    $effect(() => {
      if (this.#all.length === 0) return
      const timer = setTimeout(() => (this.#all = []), STAY)
      return () => clearTimeout(timer)
    })
  }

  /** Each with a key of its own, so that a sentence that comes twice is told twice. */
  get all(): readonly { key: number; text: string }[] {
    return this.#all
  }

  /** Adds sentences at the end, except empty ones. */
  add(texts: readonly string[]): void {
    const added = texts.filter(Boolean).map((text) => ({ key: this.#count++, text }))
    if (added.length > 0) this.#all = [...this.#all, ...added].slice(-MAX_SENTENCES)
  }
}
