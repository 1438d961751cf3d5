/** A connection with these ICE servers. One that is invalid must not prevent the call. */
export function createPeerConnection(
  iceServers: RTCIceServer[],
  iceCandidatePoolSize = 0,
): RTCPeerConnection {
  try {
    return new RTCPeerConnection({ iceServers, iceCandidatePoolSize, bundlePolicy: 'max-bundle' })
  } catch (error) {
    console.warn('The browser rejects the ICE servers, continuing without.', error)
    return new RTCPeerConnection()
  }
}
