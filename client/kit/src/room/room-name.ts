/**
 * Names of rooms, which the server is told, and keys, which it must never be told.
 *
 * Links are changed on their way by mail and chat programs. What is left of one
 * may look like a name, so a name is only what cannot be a part of our links.
 */

/** The longest room name the server accepts, in bytes of UTF-8. */
const MAX_BYTES = 256

/** A key of 16 bytes in base64url; its last character has only two bits. */
const KEY = /^[\w-]{21}[AQgw]$/
/** Part of a name of 128 bits, which is never without its key. UUIDs have shorter parts. */
const PART_OF_GENERATED_NAME = /[\da-f]{16}/i
/** What is looked at for parts of a key, in characters. */
const WINDOW = 8
/** Pairs that random text is full of and that words, acronyms and numbers rarely have. */
const RARE_PAIRS = /(?=[a-z][A-Z](?![a-z]{2}|[a-z]$)|\d[A-Za-z]|[A-Z]\d|[A-Z]{2}[a-z])/g
/** Names typed by people have one of them at most. */
const MAX_RARE_PAIRS = 1

/** Reports whether this can be a key. All have letters of both cases, so a change of case shows. */
export function isKey(text: string): boolean {
  return KEY.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text)
}

/** Reports whether every part of a key can be told from a name, so that none is ever sent. */
export function isRecognizable(key: string): boolean {
  return isKey(key) && windowsOf(key).every(isRandom)
}

/** Reports whether this can be the name of a room, and no part of a link of ours. */
export function isRoomName(name: string): boolean {
  if (name === '' || PART_OF_GENERATED_NAME.test(name)) return false
  const runs = name.match(/[\w-]+/g) ?? []
  return !runs.flatMap(windowsOf).some(isRandom)
}

export function isTooLong(name: string): boolean {
  return new TextEncoder().encode(name).length > MAX_BYTES
}

function windowsOf(text: string): string[] {
  const count = Math.max(0, text.length - WINDOW + 1)
  return Array.from({ length: count }, (_, start) => text.slice(start, start + WINDOW))
}

function isRandom(window: string): boolean {
  if (!/[a-z]/.test(window) || !/[A-Z]/.test(window)) return false
  return [...window.matchAll(RARE_PAIRS)].length > MAX_RARE_PAIRS
}
