/** Detects when media stops arriving from a peer, which browsers tell only after seconds. */
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

/** How long nothing has to arrive after we came back to the server, in ms. */
const SILENCE = 500

/**
 * Calls `onSilent` if nothing arrives from the peer for a while from now. A server that
 * was restarted took its relays along.
 */
export async function onSilence(peer: Peer, clock: Clock, onSilent: () => void): Promise<void> {
  const before = await peer.bytesReceived()
  clock.after(SILENCE, async () => {
    if ((await peer.bytesReceived()) === before) onSilent()
  })
}
