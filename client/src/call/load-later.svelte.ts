/** Loads the parts of the call page that are not seen at once. */
type Later = typeof import('./later.ts')

let parts = $state.raw<Partial<Later>>({})

/** Those parts, once they are loaded. */
export const later = (): Partial<Later> => parts

/** The page begins with it early. A failure is tried again by whoever needs a part. */
export function loadLater(): void {
  import('./later.ts').then(
    (loaded) => (parts = loaded),
    (error: unknown) => console.warn('A part of the page could not be loaded.', error),
  )
}
