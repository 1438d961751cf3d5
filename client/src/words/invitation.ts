/** Words for what somebody typed to join a call and that leads nowhere. */
import type { InvitationProblem } from '../room/call-link.ts'

export const invitationWords: Record<InvitationProblem, string> = {
  empty: 'Paste the link or the code you were sent.',
  'not-a-code': 'This is neither a link nor a code. A code has no spaces.',
  'other-server': 'This link belongs to another server. Open it in the address bar instead.',
  'not-a-call': 'This link leads to no call. A call’s link looks like “/call/#…”.',
  'too-long': 'This code is too long to be one of ours. Was something pasted twice?',
}
