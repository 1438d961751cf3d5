/** Watches whether media still arrives from a peer that signaling has lost. */
import type { Clock } from './clock.ts'
import type { Peer } from './peer.ts'

/** How often what has arrived is looked at, in ms. */
const PERIOD = 500
/** Looks without anything new after which the peer counts as gone. */
const SILENT_LOOKS = 3

/** Calls `gone` once nothing arrives any more. Returns how to stop watching. */
export function watchLifeline(peer: Peer, clock: Clock, gone: () => void): () => void {
  let bytes = -1
  let silent = 0
  let cancel = clock.after(0, () => void look())
  let watching = true

  async function look(): Promise<void> {
    const now = peer.state === 'connected' ? await peer.received().catch(() => bytes) : bytes
    if (!watching) return
    silent = now > bytes ? 0 : silent + 1
    bytes = now
    if (peer.state !== 'connected' || silent >= SILENT_LOOKS) return gone()
    cancel = clock.after(PERIOD, () => void look())
  }

  return () => {
    watching = false
    cancel()
  }
}
