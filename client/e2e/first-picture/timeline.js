/**
 * Runs in the page before its own scripts: when the steps of a call happened, in ms since
 * the page was opened, or for our page, since "Join call" was pressed.
 */
export function recordTimeline() {
  const steps = {}
  const mark = (step) => (steps[step] ??= performance.now())
  window.timeline = () => {
    const { pressed = 0, ...others } = steps
    return Object.fromEntries(Object.entries(others).map(([step, at]) => [step, at - pressed]))
  }
  const pressed = (event) => {
    if (event.target.closest?.('button')?.textContent.trim() !== 'Join call') return
    mark('pressed')
  }
  addEventListener('click', pressed, { capture: true })

  window.WebSocket = class extends window.WebSocket {
    constructor(...given) {
      super(...given)
      this.addEventListener('open', () => mark('socket'))
      this.addEventListener('message', ({ data }) => {
        if (/^43\d+\[\{"ok":true,"id"|\["joined"/.test(data)) mark('seat')
      })
    }
    send(data) {
      if (/\["(enter|create or join)"/.test(data)) mark('enter')
      super.send(data)
    }
  }

  const remote = new Set()
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...given) {
      super(...given)
      this.addEventListener('track', ({ track }) => remote.add(track))
      this.addEventListener('iceconnectionstatechange', () => {
        if (['connected', 'completed'].includes(this.iceConnectionState)) mark('ICE')
      })
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') mark('DTLS')
      })
    }
    async setLocalDescription(...given) {
      await super.setLocalDescription(...given)
      mark('described')
    }
    async setRemoteDescription(...given) {
      await super.setRemoteDescription(...given)
      if (this.signalingState === 'stable') mark('answered')
    }
  }

  const isRemote = ({ srcObject }) => srcObject?.getTracks().some((track) => remote.has(track))
  const hasFrame = (video) =>
    video.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 0
  const timer = setInterval(() => {
    if (![...document.querySelectorAll('video')].some((each) => isRemote(each) && hasFrame(each)))
      return
    mark('frame')
    clearInterval(timer)
  }, 4)
}

/**
 * Runs in an empty page: two connections in one page, without a server between them. From
 * the first offer to the first frame, this is as fast as the browser can be.
 */
export async function connectAlone() {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: 1280, height: 720 },
  })
  const begun = performance.now()
  const [first, second] = [new RTCPeerConnection(), new RTCPeerConnection()]
  const video = document.createElement('video')
  video.muted = true
  document.body.append(video)
  const frame = new Promise((resolve) => {
    const timer = setInterval(() => {
      if (video.getVideoPlaybackQuality().totalVideoFrames === 0) return
      clearInterval(timer)
      resolve()
    }, 4)
  })
  first.ontrack = ({ streams: [incoming] }) => {
    video.srcObject = incoming
    void video.play()
  }
  first.onicecandidate = ({ candidate }) => second.addIceCandidate(candidate)
  second.onicecandidate = ({ candidate }) => first.addIceCandidate(candidate)
  for (const track of stream.getTracks()) first.addTrack(track, stream)
  await first.setLocalDescription()
  await second.setRemoteDescription(first.localDescription)
  for (const track of stream.getTracks()) second.addTrack(track, stream)
  await second.setLocalDescription()
  await first.setRemoteDescription(second.localDescription)
  await frame
  const took = performance.now() - begun
  first.close()
  second.close()
  for (const track of stream.getTracks()) track.stop()
  return took
}
