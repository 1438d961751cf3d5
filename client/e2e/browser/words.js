import { readFileSync, readdirSync } from 'node:fs'

const catalogs = new URL('../../src/language/messages/', import.meta.url)

/** The languages of the pages, in no order. */
export const languages = readdirSync(catalogs).map((name) => name.replace('.json', ''))

/** All messages of a language, by key. */
export const catalogOf = (language) =>
  JSON.parse(readFileSync(new URL(`${language}.json`, catalogs), 'utf8'))

/** What the pages say, as far as the tests wait for it. */
export const words = {
  private: 'Nobody can see or hear you yet.',
  alone: 'Nobody else is here yet.',
  otherLeft: 'The other person left.',
  damaged: 'This link is damaged',
  youLeft: 'You left the call',
  full: 'This call is full',
  connected: 'You are connected.',
  muted: 'Muted',
  cameraOff: 'Their camera is off',
  serverLost: /Can’t reach the server|The server is restarting/,
  serverAway: 'Can’t reach the server',
  devicesBlocked: 'Your camera and microphone are blocked',
  wrongPassword: 'Wrong password. Please try again.',
  tooManyGuesses: /Too many wrong passwords. Try again in \d+ seconds./,
  locked: 'Someone locked this call',
  knocking: 'Asking to join',
  away: 'Server connection lost',
  denied: 'Your request was declined',
  code: /^Code \d{3} \d{3}$/,
  tampered: 'This call may have been tampered with',
  noRelay: 'this server has no relay (TURN) to help',
  earlierTexts: 'Messages from before you joined aren’t shown.',
  noCamera: 'No camera found',
}
