/** What a call needs, and the page before it does not. */
export { derivePasswordKeys } from '../trust/password.ts'
export { Verification } from '../trust/verification.ts'
export { Participant } from './participant.ts'
