/** What a call needs of the browser, and of the user. */
import type { Clock } from '../rtc/clock.ts'
import type { IceServers } from '../rtc/ice-servers.ts'
import type { SpareConnection } from '../rtc/spare-connection.ts'
import type { OpenSignaling } from '../signaling/protocol.ts'
import type { CallLink } from './call-link.ts'
import type { PasswordStore } from './password-store.ts'
import type { Reactive } from './reactive.ts'

export interface CallDeps {
  /** Makes views follow what can be seen of the call. */
  reactive: Reactive
  openSignaling: OpenSignaling
  createPeerConnection(servers: RTCIceServer[]): RTCPeerConnection
  createStream(): MediaStream
  iceServers: IceServers
  spare: SpareConnection
  clock: Clock
  passwords: PasswordStore
  /** Undefined on insecure pages. */
  subtle: SubtleCrypto | undefined
}

/** What the user enters before joining. */
export interface JoinOptions {
  name: string
  password: string
  /** Whether to knock at once if the room is locked. */
  knock?: boolean
  /** Told the link once the password that was chosen has completed it. */
  onLink?: (link: CallLink) => void
}
