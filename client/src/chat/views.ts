/** What is shown of the chat, loaded with it. */
export { default as ChatPanel } from './ChatPanel.svelte'
export { default as Reactions } from './Reactions.svelte'
export { default as TalkLayer } from './TalkLayer.svelte'
export { default as TileMarks } from './TileMarks.svelte'
