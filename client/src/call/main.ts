import { mount } from 'svelte'
import '../ui/theme.css'
import { Preferences } from '../media/devices.ts'
import { LocalMedia } from '../media/local-media.svelte.ts'
import { systemClock } from '../rtc/clock.ts'
import { IceServers } from '../rtc/ice-servers.ts'
import { Seats } from '../signaling/seat-store.ts'
import { signalingWith } from '../signaling/signaling.ts'
import App from './App.svelte'
import { CallPage } from './call-page.svelte.ts'

const preferences = new Preferences(storage(() => localStorage))

const media = new LocalMedia({
  // Undefined on insecure pages, whatever the type says.
  capturer: navigator.mediaDevices as MediaDevices | undefined,
  secure: window.isSecureContext,
  preferences,
  createStream: (tracks) => new MediaStream(tracks),
})

const page = new CallPage(
  {
    call: {
      openSignaling: signalingWith(new Seats(storage(() => sessionStorage))),
      createPeerConnection,
      createStream: () => new MediaStream(),
      iceServers: new IceServers((path, init) => fetch(path, init)),
      clock: systemClock,
      // Undefined on insecure pages, whatever the type says.
      subtle: crypto.subtle as SubtleCrypto | undefined,
    },
    location,
    history,
    navigator,
    random: crypto,
    preferences,
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
function storage(open: () => Storage): Storage | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}
