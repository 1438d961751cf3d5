/** Connects two peer connections of this page with each other. */

/** Resolves once a data channel between them is open; rejects after so many ms. */
export async function connectPair(
  one: RTCPeerConnection,
  other: RTCPeerConnection,
  timeout: number,
): Promise<void> {
  const channel = one.createDataChannel('test', { negotiated: true, id: 0 })
  other.createDataChannel('test', { negotiated: true, id: 0 })
  const opened = new Promise<void>((resolve, reject) => {
    channel.onopen = () => resolve()
    setTimeout(() => reject(new Error('no connection')), timeout)
  })
  await Promise.all([opened, negotiate(one, other)])
}

async function negotiate(one: RTCPeerConnection, other: RTCPeerConnection): Promise<void> {
  let describe: () => void = () => undefined
  const described = new Promise<void>((resolve) => (describe = resolve))
  passCandidates(one, other, described)
  passCandidates(other, one, described)
  await one.setLocalDescription()
  await other.setRemoteDescription(one.localDescription as RTCSessionDescription)
  await other.setLocalDescription()
  await one.setRemoteDescription(other.localDescription as RTCSessionDescription)
  describe()
}

/** A candidate that cannot be used is one less. */
function passCandidates(
  from: RTCPeerConnection,
  to: RTCPeerConnection,
  described: Promise<void>,
): void {
  from.onicecandidate = ({ candidate }) => {
    if (!candidate?.candidate) return
    void described.then(() => to.addIceCandidate(candidate)).catch(() => undefined)
  }
}
