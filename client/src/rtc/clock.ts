/** Time, as those who wait see it. */
export interface Clock {
  /** Calls `action` after `ms`, unless the returned function is called before. */
  after(ms: number, action: () => void): () => void
}

export const systemClock: Clock = {
  after(ms, action) {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  },
}
