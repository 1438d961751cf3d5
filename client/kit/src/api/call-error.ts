import type { UnavailableReason } from '../room/call-state.ts'

/** What `joinCall` and `createLink` refuse. */
export type CallErrorCode =
  | Extract<
      UnavailableReason,
      'link-too-long' | 'link-damaged' | 'browser-unsupported' | 'page-insecure'
    >
  | 'link-missing'
  | 'server-invalid'

const MESSAGES: Record<CallErrorCode, string> = {
  'link-missing': 'The link names no call: pass one that ends in #<room>,<key>, or only that part.',
  'link-damaged':
    'The link is damaged: a part of its room or key is missing or changed. Copy it again.',
  'link-too-long': 'The link names a room of more than 256 bytes: use a shorter name.',
  'browser-unsupported': 'This browser has no WebRTC, or it is turned off.',
  'page-insecure':
    'Calls with a key or a password need Web Crypto: serve the page over https, or from localhost.',
  'server-invalid': 'The server is no address: write it as https://host or https://host:port.',
}

/** A call that cannot even be tried. Its message says what to do. */
export class CallError extends Error {
  /** For programs. */
  readonly code: CallErrorCode

  constructor(code: CallErrorCode) {
    super(MESSAGES[code])
    this.name = 'CallError'
    this.code = code
  }
}
