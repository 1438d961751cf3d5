/** What the client reads from a session description without a full SDP parser. */
import type { Description } from '../signaling/protocol.ts'

/**
 * The DTLS fingerprints. Each RTCPeerConnection has its own, so two descriptions
 * with the same fingerprints come from the same connection. In lower case,
 * sorted, without duplicates, joined by commas; '' if there are none.
 */
export function fingerprintsOf(sdp: string): string {
  const values = [...sdp.matchAll(/^a=fingerprint:(.*)$/gm)].map(([, value = '']) => value.trim())
  return [...new Set(values.map((value) => value.toLowerCase()))].sort().join(',')
}

/** A line without control characters, which some parsers take for its end. */
const LINE = /^[a-z]=[^\p{Cc}\u2028\u2029]*$/u
const FINGERPRINT = /^a=fingerprint:[A-Za-z\d-]+ [\dA-Fa-f]{2}(:[\dA-Fa-f]{2})+$/

/**
 * Reports whether every parser finds the same fingerprints in a description.
 * Parsers differ in what they take for an attribute (Firefox also reads
 * "a=FINGERPRINT:", and blanks before the name) and for the end of a line. So a
 * line that names a fingerprint has to be written as all browsers write it.
 */
export function isUnambiguous(sdp: string): boolean {
  const lines = sdp.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines.every(
    (line) => LINE.test(line) && (!/fingerprint/i.test(line) || FINGERPRINT.test(line)),
  )
}

/** Reports whether the description has a data channel section. */
export function hasDataChannel(sdp: string): boolean {
  return /^m=application /m.test(sdp)
}

/** The description without the SSRCs that identify its RTP streams. */
export function withoutSsrcs({ type, sdp }: Description): Description {
  return { type, sdp: sdp.replace(/^a=ssrc(-group)?:.*(\r?\n|$)/gm, '') }
}
