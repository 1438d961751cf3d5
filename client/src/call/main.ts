import messages from 'virtual:messages/call'
import laterMessages from 'virtual:messages/later'
import { loadMessages, titlePage } from '../language/language.svelte.ts'
import { t } from '../language/text.ts'
import { LocalMedia } from '../media/local-media.svelte.ts'
import { Preferences } from '../media/preferences.ts'
import {
  browserDeps,
  connect,
  EarlySocket,
  loadParts,
  openStorage,
  SeatStore,
  systemClock,
} from 'vidchat-kit'
import { brandName } from '../ui/brand.ts'
import { showIncomplete, showPage } from '../ui/show-page.ts'
import '../ui/theme.css'
import App from './App.svelte'
import { CallPage } from './call-page.svelte.ts'
import { applyLinkOptions } from './link-options.ts'
import { loadLater } from './load-later.svelte.ts'
import { watchNetworkType, type NetworkInformation } from './network-type.ts'
import { OtherTabs } from './other-tabs.svelte.ts'
import { reactive } from './reactive.svelte.ts'

/** It starts before all else, since nothing is shown without words. */
const loading = loadMessages(messages)

const preferences = new Preferences(
  openStorage(() => localStorage),
  openStorage(() => sessionStorage),
)

applyLinkOptions(location, history, preferences)

const media = new LocalMedia({
  // Undefined on insecure pages, whatever its type says.
  mediaDevices: navigator.mediaDevices as MediaDevices | undefined,
  secure: window.isSecureContext,
  preferences,
  createStream: (tracks) => new MediaStream(tracks),
  // Only Chromium has it.
  allows: (device) =>
    (document as { featurePolicy?: FeaturePolicy }).featurePolicy?.allowsFeature(device) ?? true,
})

interface FeaturePolicy {
  allowsFeature(feature: string): boolean
}

if (/^\/call\/test\/?$/.test(location.pathname)) {
  Promise.all([import('../check-page/open.ts'), loading, loadMessages(laterMessages)]).then(
    ([{ openCheckPage }]) => openCheckPage(media),
    showIncomplete,
  )
} else openCall()

function openCall(): void {
  const seats = new SeatStore(openStorage(() => sessionStorage))
  const channel = openStorage(() => new BroadcastChannel('vidchat.calls'))

  const laterParts = loadLater()
  const early = new EarlySocket(connect)

  const page = new CallPage(
    {
      call: { ...browserDeps({ seats, take: () => early.take() }), reactive },
      location,
      history,
      document,
      navigator,
      random: crypto,
      preferences,
      tabs: new OtherTabs(channel, seats, systemClock),
      early,
      hasWebRtc: typeof RTCPeerConnection === 'function',
      // A call needs these, and the page before it does not.
      parts: Promise.all([loadParts(), laterParts]),
    },
    media,
  )

  addEventListener('hashchange', page.onHashChange)
  addEventListener('beforeunload', page.onBeforeUnload)
  addEventListener('pagehide', page.onPageHide)
  addEventListener('pageshow', page.onPageShow)
  document.addEventListener('visibilitychange', page.onVisibilityChange)
  addEventListener('online', page.onNetworkChange)
  watchNetworkType(
    (navigator as { connection?: NetworkInformation }).connection,
    page.onNetworkChange,
  )

  loading.then(() => {
    titlePage(() => t('lobby.title', { brand: brandName() }))
    showPage(App, { page })
  }, showIncomplete)
  if (window.parent !== window) {
    import('../embed/open.svelte.ts').then(
      ({ openEmbedding }) => openEmbedding(page),
      showIncomplete,
    )
  }

  const isBusy = () => ['entering', 'connecting'].includes(page.call.state.name)
  laterParts.then(
    ({ registerWorker, workersOf }) => registerWorker({ ...workersOf(window), isBusy }),
    () => undefined, // nobody joins without these parts, and the page says so
  )
}
