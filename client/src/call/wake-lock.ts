/** Keeps the screen on during a call, where the browser can. */

/** Holds the screen until the returned function is called, again after each return to the page. */
export function keepAwake(page: Document, wakeLock: WakeLock | undefined): () => void {
  let held: Promise<WakeLockSentinel | undefined> | undefined

  const hold = () => {
    // Refused on low battery, for instance: then the screen goes dark as usual.
    if (page.visibilityState === 'visible')
      held = wakeLock?.request('screen').catch(() => undefined)
  }

  hold()
  page.addEventListener('visibilitychange', hold)
  return () => {
    page.removeEventListener('visibilitychange', hold)
    void held?.then((sentinel) => sentinel?.release())
  }
}
