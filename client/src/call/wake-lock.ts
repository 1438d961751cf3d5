/** Keeps the screen on where the browser can. Returns a function that releases it. */
export function keepScreenOn(page: Document, wakeLock: WakeLock | undefined): () => void {
  let sentinel: Promise<WakeLockSentinel | undefined> | undefined

  // Browsers release the lock when the page is hidden, so it is requested again.
  const request = () => {
    // Rejected on low battery, for instance: then the screen turns off as usual.
    if (page.visibilityState === 'visible')
      sentinel = wakeLock?.request('screen').catch(() => undefined)
  }

  request()
  page.addEventListener('visibilitychange', request)
  return () => {
    page.removeEventListener('visibilitychange', request)
    void sentinel?.then((acquired) => acquired?.release())
  }
}
