/** What can be read in a session description without understanding all of it. */

/**
 * The DTLS fingerprint, which every RTCPeerConnection has of its own: it tells
 * whether two descriptions come from the same one, whatever socket brought them.
 * Undefined where there is none.
 */
export function fingerprintOf(sdp: string): string | undefined {
  return /^a=fingerprint:(\S+ \S+)/m.exec(sdp)?.[1]?.toUpperCase()
}

/** Whether the description has a data channel's section. */
export function hasDataChannel(sdp: string): boolean {
  return /^m=application /m.test(sdp)
}
