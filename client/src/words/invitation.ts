/** The texts for an entered link or code that leads to no call. */
import type { InvitationProblem } from 'vidchat-kit'

export const invitationWords: Record<InvitationProblem, string> = {
  empty: 'Paste the link or code you received.',
  'not-a-code': 'This is neither a link nor a code. Codes have no spaces.',
  'other-server': 'This link belongs to another server. Open it in the address bar instead.',
  'not-a-call': 'This link doesn’t lead to a call. Links to calls look like “/call/#…”.',
  damaged:
    'This link is damaged: part of it is missing or was changed. Copy the whole link, or ask for it again.',
  'too-long': 'This code is too long. Was something pasted twice?',
}
