/** Timers, passed in so that tests control time. */
export interface Clock {
  /** Calls `action` after `ms`, unless the returned function cancels it. */
  after(ms: number, action: () => void): () => void
}

export const systemClock: Clock = {
  after(ms, action) {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  },
}
