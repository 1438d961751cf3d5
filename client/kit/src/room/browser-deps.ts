/** What a call needs, as this browser has it. */
import { systemClock } from '../rtc/clock.ts'
import { createPeerConnection } from '../rtc/create-connection.ts'
import { IceServers } from '../rtc/ice-servers.ts'
import { SpareConnection } from '../rtc/spare-connection.ts'
import type { SeatStore } from '../signaling/seat-store.ts'
import { signalingWith, type Socket } from '../signaling/signaling.ts'
import { openStorage } from '../signaling/storage.ts'
import type { CallDeps } from './call-deps.ts'
import { PasswordStore } from './password-store.ts'

export interface BrowserOptions {
  /** The server's origin; without it, the page's own. */
  server?: string | undefined
  /** What remembers the seats of this tab. */
  seats: SeatStore
  /** Returns a connection to the server that was made before. */
  take?: () => Socket | undefined
}

/** All of it but what depends on who shows the call. */
export function browserDeps({ server, seats, take }: BrowserOptions): Omit<CallDeps, 'reactive'> {
  const iceServers = new IceServers((path, init) => fetch((server ?? '') + path, init))
  return {
    openSignaling: signalingWith(seats, take, server),
    createPeerConnection,
    createStream: () => new MediaStream(),
    iceServers,
    spare: new SpareConnection({ createPeerConnection, iceServers, clock: systemClock }),
    clock: systemClock,
    passwords: new PasswordStore(openStorage(() => sessionStorage)),
    // Undefined on insecure pages, whatever its type says.
    subtle: crypto.subtle as SubtleCrypto | undefined,
  }
}
