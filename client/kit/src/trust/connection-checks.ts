/**
 * What is checked once a connection is up: that the certificate is the one that was
 * verified, and, without a key, a code that both can compare. Loaded with the first call.
 */
import type { Clock } from '../rtc/clock.ts'
import { checkCertificates, transportsOf } from '../rtc/certificates.ts'
import { hasDataChannel } from '../rtc/description.ts'
import { CodeExchange, type Fingerprints } from './code-exchange.ts'
import type { Verification, VerificationStatus } from './verification.ts'

/** What is needed of a peer. */
export interface CheckedPeer {
  readonly connection: RTCPeerConnection | undefined
  readonly fingerprints: Fingerprints
  /** Sends over the data channel. */
  send(message: object): void
}

/** How long the peer may take for its part of the code, in ms. */
export const CODE_TIMEOUT = 15_000

/** How soon a transport is looked at again that does not say its certificate yet, in ms. */
const RECHECK_DELAY = 500

/** The checks of one connection. */
export class ConnectionChecks {
  readonly #peer: CheckedPeer
  readonly #verification: Verification
  readonly #clock: Clock
  readonly #report: (status: VerificationStatus) => void
  readonly #watched = new WeakSet<RTCDtlsTransport>()
  #queue = Promise.resolve()
  #exchange: CodeExchange | undefined
  /** Messages of the peer that came before our exchange began. */
  #early: unknown[] = []
  #passed = false
  #cancelRecheck: () => void = () => undefined

  constructor(
    peer: CheckedPeer,
    verification: Verification,
    clock: Clock,
    report: (status: VerificationStatus) => void,
  ) {
    this.#peer = peer
    this.#verification = verification
    this.#clock = clock
    this.#report = report
  }

  /** Checks the connection as it is now: call it when it connects, and after each negotiation. */
  check(): Promise<void> {
    this.#queue = this.#queue.then(() => this.#check()).catch((error: unknown) => this.#fail(error))
    return this.#queue
  }

  /** Handles a message of the peer over the data channel. */
  receive(data: unknown): void {
    const message = parse(data)
    if (this.#exchange) void this.#exchange.receive(message)
    else if (isOfExchange(message) && this.#early.length < 2) this.#early.push(message)
  }

  async #check(): Promise<void> {
    const [{ subtle, hasKey }, pc] = [this.#verification, this.#peer.connection]
    if (!pc) return
    if (!subtle) return this.#report({ name: 'unavailable', reason: 'insecure' })
    for (const transport of transportsOf(pc)) this.#watch(transport)
    const result = await checkCertificates(pc, this.#peer.fingerprints.remote, subtle)
    if (result === 'different') return this.#report({ name: 'failed' })
    this.#cancelRecheck()
    if (result === 'connecting') {
      // No event follows if the browser knows the certificate later than the state.
      this.#cancelRecheck = this.#clock.after(RECHECK_DELAY, () => void this.check())
      return
    }
    if (this.#passed) return
    this.#passed = true
    if (hasKey) this.#report({ name: 'verified' })
    else this.#exchangeCode(pc, subtle)
  }

  /** A transport that connects later is checked then. */
  #watch(transport: RTCDtlsTransport): void {
    if (this.#watched.has(transport)) return
    this.#watched.add(transport)
    transport.addEventListener('statechange', () => void this.check())
  }

  #exchangeCode(pc: RTCPeerConnection, subtle: SubtleCrypto): void {
    const [{ codes }, report] = [this.#verification, this.#report]
    const unavailable = () => report({ name: 'unavailable', reason: 'no-code' })
    if (!hasDataChannel(pc.remoteDescription?.sdp ?? '')) return unavailable()
    if (codes.left <= 0) return unavailable()
    const cancel = this.#clock.after(CODE_TIMEOUT, unavailable)
    this.#exchange = new CodeExchange(subtle, this.#peer.fingerprints, codes, {
      send: (message) => this.#peer.send(message),
      code: (code) => {
        cancel()
        report({ name: 'code', code })
      },
      failed: () => {
        cancel()
        report({ name: 'failed' })
      },
    })
    for (const message of this.#early.splice(0)) void this.#exchange.receive(message)
  }

  #fail(error: unknown): void {
    console.warn('A connection could not be checked.', error)
    this.#report({ name: 'failed' })
  }
}

function isOfExchange(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && ('commit' in message || 'reveal' in message)
  )
}

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}
