/** Why a command was not done, for those who write pages: people read what the frame shows. */

export type RefusalCode =
  | 'unknown-version'
  | 'invalid'
  | 'too-many'
  | 'not-now'
  | 'password-needed'
  | 'unavailable'
  | 'device-missing'

export const refusalTexts: Record<RefusalCode, string> = {
  'unknown-version': 'This page knows version 1 only: send vidchat: 1.',
  invalid: 'The command is unknown, or a field of it is missing or of another type.',
  'too-many': 'Too many commands came at once. Wait a second.',
  'not-now': 'That cannot be done in the state that the call is in.',
  'password-needed': 'This call has a password, which whoever wants to join enters in the frame.',
  unavailable: 'There is no call to join. The frame shows why.',
  'device-missing': 'The device cannot be used. The frame shows why.',
}
