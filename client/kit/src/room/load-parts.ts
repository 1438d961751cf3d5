export type Parts = typeof import('./parts.ts')

let loading: Promise<Parts> | undefined
let loaded: Parts | undefined

/**
 * Loads what a call needs beside the page, which is shown without it. A page begins with it
 * early, since the server may be gone later. A failure is tried again by the next call.
 */
export function loadParts(): Promise<Parts> {
  loading ??= import('./parts.ts').then(
    (parts) => (loaded = parts),
    (error: unknown) => {
      loading = undefined
      throw error
    },
  )
  return loading
}

/** What was loaded before the call was joined. */
export function loadedParts(): Parts {
  if (!loaded) throw new Error('The call was joined before its parts were loaded: await loadParts.')
  return loaded
}
