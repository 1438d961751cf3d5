/**
 * The exchange of a security code between two who share no key. Each commits itself to
 * a random number before it sees the other's, so whoever is in the middle cannot try
 * certificates or numbers until both codes are the same.
 */
import { base64url, utf8 } from './bytes.ts'

const NONCE_BYTES = 16
/** 16 bytes in base64url. */
const NONCE = /^[\w-]{22}$/

/** The fingerprints of both sides. */
export interface Fingerprints {
  local: string
  remote: string
}

export interface CodeExchangeEvents {
  /** Send this to the peer, over the connection that the code is for. */
  send(message: object): void
  /** Both have the same code, unless somebody is in the middle. */
  code(code: string): void
  /** The peer does not keep to the exchange. */
  failed(): void
}

/** One exchange, for one connection: another code needs another connection. */
export class CodeExchange {
  readonly #subtle: SubtleCrypto
  readonly #fingerprints: Fingerprints
  readonly #events: CodeExchangeEvents
  /** How many exchanges may still be left unfinished after we revealed our number. */
  readonly #budget: { left: number }
  readonly #nonce = base64url(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))
  #commitment: string | undefined
  #revealed = false
  #ended = false
  #queue: Promise<void>

  constructor(
    subtle: SubtleCrypto,
    fingerprints: Fingerprints,
    budget: { left: number },
    events: CodeExchangeEvents,
  ) {
    this.#subtle = subtle
    this.#fingerprints = fingerprints
    this.#budget = budget
    this.#events = events
    this.#queue = this.#commit()
  }

  /** Handles the peer's messages one after the other. Resolves when this one is handled. */
  receive(message: unknown): Promise<void> {
    this.#queue = this.#queue
      .then(() => (this.#ended ? undefined : this.#onMessage(message)))
      .catch(() => this.#fail())
    return this.#queue
  }

  async #commit(): Promise<void> {
    const { local, remote } = this.#fingerprints
    this.#events.send({ commit: await this.#commitmentOf(local, remote, this.#nonce) })
  }

  async #onMessage(message: unknown): Promise<void> {
    const { commit, reveal } = (message ?? {}) as { commit?: unknown; reveal?: unknown }
    if (typeof commit === 'string') return this.#onCommit(commit)
    if (typeof reveal === 'string') return this.#onReveal(reveal)
  }

  #onCommit(commit: string): void {
    if (this.#commitment !== undefined) {
      if (commit !== this.#commitment) this.#fail()
      return
    }
    if (this.#budget.left <= 0) return this.#end() // others began at the same time
    this.#commitment = commit
    this.#revealed = true
    this.#budget.left--
    this.#events.send({ reveal: this.#nonce })
  }

  async #onReveal(nonce: string): Promise<void> {
    const { local, remote } = this.#fingerprints
    const isNonce = NONCE.test(nonce)
    const expected = await this.#commitmentOf(remote, local, nonce)
    if (!isNonce || !this.#revealed || this.#commitment !== expected) return this.#fail()
    this.#ended = true
    this.#budget.left++
    this.#events.code(await this.#code(nonce))
  }

  #end(): void {
    this.#ended = true
  }

  #fail(): void {
    this.#end()
    this.#events.failed()
  }

  #commitmentOf(from: string, to: string, nonce: string): Promise<string> {
    return this.#digest('vidchat commit', from, to, nonce).then(base64url)
  }

  /** The first 30 bits, as six digits. */
  async #code(theirNonce: string): Promise<string> {
    const { local, remote } = this.#fingerprints
    const sides = [
      [local, this.#nonce],
      [remote, theirNonce],
    ].sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    const digest = await this.#digest('vidchat code 2', ...sides.flat())
    const bits = new DataView(digest.buffer).getUint32(0) >>> 2
    return String(bits % 1_000_000).padStart(6, '0')
  }

  /** None of the parts has a line end. */
  async #digest(...parts: string[]): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#subtle.digest('SHA-256', utf8(parts.join('\n'))))
  }
}
