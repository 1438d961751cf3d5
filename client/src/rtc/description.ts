/** What can be done with a session description without understanding all of it. */
import type { Description } from '../signaling/protocol.ts'

/**
 * The DTLS fingerprints, which every RTCPeerConnection has of its own: they tell
 * whether two descriptions come from the same one. In lower case, sorted,
 * without repetition, joined by commas; '' where there are none.
 */
export function fingerprintsOf(sdp: string): string {
  const values = [...sdp.matchAll(/^a=fingerprint:(.*)$/gm)].map(([, value = '']) => value.trim())
  return [...new Set(values.map((value) => value.toLowerCase()))].sort().join(',')
}

/** Whether the description has a data channel's section. */
export function hasDataChannel(sdp: string): boolean {
  return /^m=application /m.test(sdp)
}

/** The description without the numbers by which it names its streams of packets. */
export function withoutSources({ type, sdp }: Description): Description {
  return { type, sdp: sdp.replace(/^a=ssrc(-group)?:.*(\r?\n|$)/gm, '') }
}
