/** The parts of the call page that are not seen, or used, at once. */
import InviteDialog from './InviteDialog.svelte'
import Settings from './Settings.svelte'

export { default as Announcer } from './Announcer.svelte'
export { default as AskToJoin } from './AskToJoin.svelte'
export { default as Banner } from './Banner.svelte'
export { default as InCall } from './InCall.svelte'
export { default as Knocks } from './Knocks.svelte'
export { default as MediaNotice } from './MediaNotice.svelte'
export { default as Notices } from './CallNotices.svelte'
export { default as OfflineNote } from '../offline/OfflineNote.svelte'
export { registerWorker, workersOf } from '../offline/register.ts'

export { stateWords, stoppedWords } from '../words/call.ts'

/** By the button that opens them. */
export const dialogs = { invite: InviteDialog, settings: Settings }
