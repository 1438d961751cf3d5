/** Detects when media stops arriving from a peer that signaling has lost. */
import type { Clock } from './clock.ts'
import type { Peer } from './peer.ts'

/** How often the byte counter is read, in ms. */
const INTERVAL = 500
/** Readings in a row without new bytes after which the peer counts as gone. */
const MAX_SILENT_READINGS = 3

/** Calls `onSilent` once no media arrives. Returns a function that stops watching. */
export function watchMedia(peer: Peer, clock: Clock, onSilent: () => void): () => void {
  let bytes = -1
  let silentReadings = 0
  let cancel = clock.after(0, () => void check())
  let watching = true

  async function check(): Promise<void> {
    const now = peer.state === 'connected' ? await peer.bytesReceived().catch(() => bytes) : bytes
    if (!watching) return
    silentReadings = now > bytes ? 0 : silentReadings + 1
    bytes = now
    if (peer.state !== 'connected' || silentReadings >= MAX_SILENT_READINGS) return onSilent()
    cancel = clock.after(INTERVAL, () => void check())
  }

  return () => {
    watching = false
    cancel()
  }
}
