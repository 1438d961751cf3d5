/** Loads what a call needs of this folder beside the page, which is shown without it. */

export type Trust = typeof import('./in-call.ts')

let loading: Promise<Trust> | undefined

/** The page begins with it early, since the server may be gone later. A failure is tried again. */
export function loadTrust(): Promise<Trust> {
  loading ??= import('./in-call.ts').catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}
