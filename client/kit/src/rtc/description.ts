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

/** Reports whether the description has a data channel section. */
export function hasDataChannel(sdp: string): boolean {
  return /^m=application /m.test(sdp)
}

/** The description without the SSRCs that identify its RTP streams. */
export function withoutSsrcs({ type, sdp }: Description): Description {
  return { type, sdp: sdp.replace(/^a=ssrc(-group)?:.*(\r?\n|$)/gm, '') }
}
