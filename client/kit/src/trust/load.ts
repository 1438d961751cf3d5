/** Loads what a call needs beside the page, which is shown without it. */

export type Trust = typeof import('./in-call.ts')

let loading: Promise<Trust> | undefined
let loaded: Trust | undefined

/** The page begins with it early, since the server may be gone later. A failure is tried again. */
export function loadTrust(): Promise<Trust> {
  loading ??= import('./in-call.ts').then(
    (trust) => (loaded = trust),
    (error: unknown) => {
      loading = undefined
      throw error
    },
  )
  return loading
}

/** What was loaded before the call was joined. */
export function loadedTrust(): Trust {
  if (!loaded) throw new Error('The call was joined before its parts were there.')
  return loaded
}
