/** Opens the page that tests what a call needs, with the devices that a call would use. */
import { checkCall } from '../check/call-check.ts'
import { Checks } from '../check/checks.svelte.ts'
import { checkRelay, checkStun } from '../check/ice-check.ts'
import { checkPolling, checkWebSocket } from '../check/server-check.ts'
import type { LocalMedia } from '../media/local-media.svelte.ts'
import { IceServers } from 'vidchat-kit'
import { titlePage } from '../language/language.svelte.ts'
import { t } from '../language/text.ts'
import { registerWorker, workersOf } from '../offline/register.ts'
import { brandName } from '../ui/brand.ts'
import { showPage } from '../ui/show-page.ts'
import CheckPage from './CheckPage.svelte'

export function openCheckPage(media: LocalMedia): void {
  const checks = new Checks({
    hasWebRtc: typeof RTCPeerConnection === 'function',
    isSecure: window.isSecureContext,
    iceServers: new IceServers((path, init) => fetch(path, init)),
    checkWebSocket: () => checkWebSocket(location.origin),
    checkPolling,
    checkStun,
    checkRelay,
    checkCall: (servers) => {
      const { audio, video } = media.tracks()
      return checkCall(
        servers,
        [audio, video].filter((track) => track !== null),
      )
    },
  })
  titlePage(() => t('check.document-title', { brand: brandName() }))
  addEventListener('pagehide', () => media.stop())
  // It comes back from the back/forward cache: what was found of its devices is over.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted && checks.state !== 'idle') void media.start()
  })
  registerWorker({ ...workersOf(window), isBusy: () => checks.state === 'running' })
  showPage(CheckPage, { checks, media })
}
