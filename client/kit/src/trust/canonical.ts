/** The form of a session description that every parser reads alike. */
import { fingerprintsOf } from '../rtc/description.ts'

/** A line without control characters or halves of characters, which parsers read differently. */
const LINE = /^[a-z]=[^\p{Cc}\p{Cs}\u2028\u2029]*$/u
/** An attribute without blanks around its name, which some parsers skip. */
const ATTRIBUTE = /^a=[\w-]+(:|$)/
const FINGERPRINT = /^a=fingerprint:(sha-(?:256|384|512)) ([\dA-F]{2}(?::[\dA-F]{2})+)$/i
/** Asks an identity provider on the network. Browsers write it only if the page wants it. */
const IDENTITY = /^a=identity\b/i

/**
 * The description in the one form that every parser reads alike, which is the form
 * that browsers write; undefined if it has none. Parsers differ in what they take for
 * an attribute (Firefox also reads "a=FINGERPRINT:", and blanks before the name) and
 * for the end of a line. A call needs one certificate, so there is one fingerprint.
 */
export function canonical(sdp: string): string | undefined {
  const lines = sdp.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  if (!lines.every(isUnambiguous)) return undefined
  const rebuilt = lines.filter((line) => !IDENTITY.test(line)).map(canonicalLine)
  const text = rebuilt.map((line) => `${line}\r\n`).join('')
  return /^[^,]+$/.test(fingerprintsOf(text)) ? text : undefined
}

function isUnambiguous(line: string): boolean {
  if (!LINE.test(line) || (line.startsWith('a=') && !ATTRIBUTE.test(line))) return false
  if (!/fingerprint/i.test(line)) return true
  return FINGERPRINT.test(line) && line.startsWith('a=fingerprint:')
}

function canonicalLine(line: string): string {
  const [, hash, bytes] = FINGERPRINT.exec(line) ?? []
  return hash && bytes ? `a=fingerprint:${hash.toLowerCase()} ${bytes.toUpperCase()}` : line
}
