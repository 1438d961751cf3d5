/** How good the connections are: the watch, and what is shown of it. */
export { QualityMonitor } from '../quality/monitor.svelte.ts'
export { default as Connections } from './Connections.svelte'
export { default as QualityLayer } from './QualityLayer.svelte'
export { default as QualitySign } from './QualitySign.svelte'
