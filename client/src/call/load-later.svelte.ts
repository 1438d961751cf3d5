import messages from 'virtual:messages/later'
import { loadMessages } from '../language/language.svelte.ts'

/** Loads the parts of the call page that are not seen at once. */
type Later = typeof import('./later.ts')

let parts = $state.raw<Partial<Later>>({})

/** Those parts, once they are loaded. */
export const later = (): Partial<Later> => parts

/** The page begins with it early, and joins no call without it. */
export async function loadLater(): Promise<Later> {
  const [loaded] = await Promise.all([import('./later.ts'), loadMessages(messages)])
  parts = loaded
  return loaded
}
