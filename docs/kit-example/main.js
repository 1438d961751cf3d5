import { createLink, joinCall } from 'vidchat-kit'

const find = (id) => document.getElementById(id)
if (!location.hash) location.replace(await createLink())
find('link').href = location.href

// Whoever has no camera and microphone, or allows none, still sees and hears the others.
const devices = { audio: true, video: true }
const media = await navigator.mediaDevices.getUserMedia(devices).catch(() => undefined)

const videos = new Map()
function show(key, title, srcObject, muted = false) {
  const video = videos.get(key) ?? document.createElement('video')
  video.title = title
  if (video.isConnected && video.srcObject === srcObject) return // it was about their screen
  Object.assign(video, { srcObject, muted, autoplay: true, playsInline: true })
  videos.set(key, video)
  find('videos').append(video)
}
show('ourselves', 'You', media ?? null, true)

const { server } = document.body.dataset // without one, it is where this page comes from
const call = joinCall({ link: location.href, server, name: 'Example', media })
call.on('stream', (who) => show(who, who.name || 'Guest', who.stream ?? null))
call.on('left', (who) => {
  videos.get(who)?.remove()
  videos.delete(who)
})
call.on('state', ({ name }) => (find('state').textContent = `The state of the call: ${name}.`))
find('leave').onclick = () => call.leave()
