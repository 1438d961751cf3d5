/** Runs the checks of one peer connection. */
import type { Clock } from '../rtc/clock.ts'
import type { Peer } from '../rtc/peer.ts'
import type { ConnectionChecks } from '../trust/connection-checks.ts'
import { loadTrust } from '../trust/load.ts'
import type { Verification, VerificationStatus } from '../trust/verification.ts'

export class PeerChecks {
  readonly #peer: Peer
  readonly #load: () => Promise<ConnectionChecks>
  #checks: Promise<ConnectionChecks> | undefined
  #stopped = false

  constructor(
    peer: Peer,
    verification: () => Promise<Verification>,
    clock: Clock,
    report: (status: VerificationStatus) => void,
  ) {
    this.#peer = peer
    const reportUntilStopped = (status: VerificationStatus) => this.#stopped || report(status)
    // A peer has signed or verified a description before this, so the code is loaded.
    this.#load = async () => {
      const [{ ConnectionChecks }, known] = await Promise.all([loadTrust(), verification()])
      return new ConnectionChecks(peer, known, clock, reportUntilStopped)
    }
  }

  /** Checks the connection if it is up. */
  check(): void {
    if (this.#peer.state === 'connected') this.#run((checks) => void checks.check())
  }

  /** Handles a message of the peer over the data channel. */
  receive(data: unknown): void {
    this.#run((checks) => checks.receive(data))
  }

  /** The connection is closed: reports nothing more. */
  stop(): void {
    this.#stopped = true
  }

  /** Runs in the order of the calls. */
  #run(run: (checks: ConnectionChecks) => void): void {
    this.#checks ??= this.#load()
    this.#checks
      .then((checks) => this.#stopped || run(checks))
      .catch((error: unknown) => console.warn('A connection is not checked.', error))
  }
}
