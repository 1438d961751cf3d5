/** What a call needs of this folder, and the page before it does not. */
export { ConnectionChecks } from './connection-checks.ts'
export { derivePasswordKeys } from './password.ts'
export { Verification } from './verification.ts'
