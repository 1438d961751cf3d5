import { mount } from 'svelte'
import '../interface/theme.css'
import { Preferences } from '../media/devices.ts'
import { LocalMedia } from '../media/local-media.svelte.ts'
import { systemClock } from '../rtc/clock.ts'
import { IceServers } from '../rtc/ice-servers.ts'
import { openSignaling } from '../signaling/signaling.ts'
import App from './App.svelte'
import { CallPage } from './page.svelte.ts'

const media = new LocalMedia({
  // Undefined on insecure pages, whatever the type says.
  capturer: navigator.mediaDevices as MediaDevices | undefined,
  secure: window.isSecureContext,
  preferences: new Preferences(storage()),
  createStream: (tracks) => new MediaStream(tracks),
})

const page = new CallPage(
  {
    call: {
      openSignaling,
      createPeerConnection,
      createStream: () => new MediaStream(),
      iceServers: new IceServers((path, init) => fetch(path, init)),
      clock: systemClock,
    },
    location,
    history,
    random: crypto,
    canCall: typeof RTCPeerConnection === 'function',
  },
  media,
)

addEventListener('hashchange', page.onHashChange)
addEventListener('pagehide', page.onPageHide)
addEventListener('online', page.onNetworkChange)
// Not in every browser: tells of a change from one network to another.
;(navigator as { connection?: EventTarget }).connection?.addEventListener(
  'change',
  page.onNetworkChange,
)

mount(App, { target: document.getElementById('app') ?? document.body, props: { page } })

/** One bad address among the servers must not cost the call. */
function createPeerConnection(iceServers: RTCIceServer[]): RTCPeerConnection {
  try {
    return new RTCPeerConnection({ iceServers })
  } catch (error) {
    console.warn('The browser refuses the ICE servers, going on without.', error)
    return new RTCPeerConnection()
  }
}

/** Reading the property alone throws where site data are blocked. */
function storage(): Storage | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}
