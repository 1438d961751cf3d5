/**
 * Runs in the page before its own scripts: which tracks come from another
 * person, how many frames of theirs a video element has shown, and which
 * tracks of devices were opened.
 */
export function observe() {
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
    console.error(`the content policy (${effectiveDirective}) forbids ${blockedURI}`),
  )
  const remote = new Set()
  const connections = []
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...given) {
      super(...given)
      this.addEventListener('track', ({ track }) => remote.add(track))
      connections.push(this)
    }
  }
  window.connections = () =>
    connections
      .map(({ signalingState, iceConnectionState, connectionState, currentLocalDescription }) =>
        [signalingState, iceConnectionState, connectionState, currentLocalDescription?.type].join(),
      )
      .join(' ')
  const own = new Set()
  const media = window.MediaDevices?.prototype ?? {}
  const { getUserMedia } = media
  media.getUserMedia = async function (constraints) {
    const stream = await getUserMedia.call(this, withPlainSound(constraints))
    for (const track of stream.getTracks()) own.add(track)
    return stream
  }
  // No echo of a beep is looked for, which would take a tenth of a call's processor time,
  // unless a test sets `soundAsAsked`.
  function withPlainSound({ audio, ...others }) {
    if (!audio || window.soundAsAsked) return { audio, ...others }
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    return { ...others, audio: { ...audio, ...plain } }
  }
  window.liveTracks = () => [...own].filter(({ readyState }) => readyState === 'live').length
  const isRemote = ({ srcObject }) =>
    srcObject?.getVideoTracks().some((track) => remote.has(track) && track.readyState === 'live')
  const framesOf = (video) => video.getVideoPlaybackQuality().totalVideoFrames
  window.remoteVideos = () =>
    [...document.querySelectorAll('video')]
      .filter((video) => isRemote(video) && video.videoWidth > 0 && framesOf(video) > 0)
      .map((video) => ({ label: video.ariaLabel, frames: framesOf(video), at: Date.now() }))
  window.remoteVideo = () => window.remoteVideos()[0]

  /** Each picture of another person that is there, and the connection that it comes by. */
  window.remoteConnections = () =>
    [...document.querySelectorAll('video')].filter(isRemote).map((video) => {
      const [track] = video.srcObject.getVideoTracks()
      const connection = connections.find((each) =>
        each.getReceivers().some((receiver) => receiver.track === track),
      )
      return { video, connection, number: connections.indexOf(connection) }
    })

  /** The ICE session that each picture comes in, and its connection's number, by label. */
  window.iceSessions = () => {
    const sessions = {}
    for (const { video, connection, number } of window.remoteConnections()) {
      const { sdp } = connection.currentLocalDescription ?? {}
      const [, session] = /^a=ice-ufrag:(\S+)/m.exec(sdp) ?? []
      sessions[video.ariaLabel] = { number, session }
    }
    return sessions
  }
}
