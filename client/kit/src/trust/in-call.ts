/** What a call needs, and the page before it does not. */
export { onSilence, watchMedia } from '../rtc/media-watchdog.ts'
export { Peer } from '../rtc/peer.ts'
export { ConnectionChecks } from './connection-checks.ts'
export { derivePasswordKeys } from './password.ts'
export { Verification } from './verification.ts'
