/** Loads what is shown of the chat. */
import { Lazy } from './lazy.svelte.ts'

const chat = new Lazy(() => import('../chat/views.ts'))

export const loadChat = () => chat.load()
