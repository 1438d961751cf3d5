/** Loads what a call needs of this folder. */

export type { Talk } from './talk.svelte.ts'

/** A failure, such as while the server restarts, is tried again by the next call of this. */
export const loadTalk = () => import('./talk.svelte.ts')
