/** Runs the page's test of everything that a call needs but the devices. */
import type { RelayAvailability } from 'vidchat-kit'
import type { CallCheck } from './call-check.ts'
import type { Finding } from './findings.ts'
import { relaysOf, stunServers, type Relay } from './ice-check.ts'

export interface ChecksDeps {
  hasWebRtc: boolean
  isSecure: boolean
  /** Those of the call page. */
  iceServers: { fresh(): Promise<RTCIceServer[]>; readonly relay: RelayAvailability }
  /** The round trip in ms; the following reject if there is none. */
  checkWebSocket(): Promise<number>
  checkPolling(): Promise<void>
  checkStun(servers: RTCIceServer[]): Promise<boolean>
  checkRelay(relay: Relay): Promise<boolean>
  checkCall(servers: RTCIceServer[]): Promise<CallCheck>
}

export class Checks {
  readonly #deps: ChecksDeps
  /** By the place at which each is shown. */
  #findings = $state.raw<readonly Finding[]>([])
  #state = $state<'idle' | 'running' | 'done'>('idle')

  constructor(deps: ChecksDeps) {
    this.#deps = deps
  }

  get findings(): readonly Finding[] {
    return this.#findings
  }

  get state(): 'idle' | 'running' | 'done' {
    return this.#state
  }

  /** `ready` resolves once the devices that a call would send are known. */
  async run(ready: Promise<void>): Promise<void> {
    const { hasWebRtc } = this.#deps
    this.#state = 'running'
    this.#findings = []
    try {
      this.#add(this.#browser())
      await this.#checkServer()
      if (hasWebRtc) await this.#checkPaths(ready)
    } finally {
      this.#state = 'done'
    }
  }

  #browser(): Finding {
    const { hasWebRtc, isSecure } = this.#deps
    const result = !hasWebRtc ? 'no-webrtc' : isSecure ? 'able' : 'insecure'
    return { check: 'browser', result }
  }

  async #checkServer(): Promise<void> {
    const { checkWebSocket, checkPolling } = this.#deps
    const websocket = this.#add({ check: 'websocket', result: 'running' })
    const polling = this.#add({ check: 'polling', result: 'running' })
    const [opens, answers] = [checkWebSocket(), checkPolling()]
    opens.then(
      (roundTrip) => websocket({ check: 'websocket', result: 'open', roundTrip }),
      () => websocket({ check: 'websocket', result: 'failed' }),
    )
    answers.then(
      () => polling({ check: 'polling', result: 'works' }),
      () => polling({ check: 'polling', result: 'failed' }),
    )
    const ways = await Promise.allSettled([opens, answers])
    const isReached = ways.some(({ status }) => status === 'fulfilled')
    if (!isReached) websocket({ check: 'websocket', result: 'unreachable' })
  }

  async #checkPaths(ready: Promise<void>): Promise<void> {
    const { iceServers, checkCall } = this.#deps
    const [servers] = await Promise.all([iceServers.fresh(), ready])
    await Promise.all([this.#checkStun(stunServers(servers)), this.#checkRelays(servers)])
    const call = this.#add({ check: 'call', result: 'running' })
    await checkCall(servers).then(
      (done) => call({ check: 'call', result: 'connected', ...done }),
      () => call({ check: 'call', result: 'failed' }),
    )
  }

  async #checkStun(servers: RTCIceServer[]): Promise<void> {
    if (servers.length === 0) {
      const isKnown = this.#deps.iceServers.relay !== 'unknown'
      return void this.#add({ check: 'stun', result: isKnown ? 'none' : 'unknown' })
    }
    const stun = this.#add({ check: 'stun', result: 'running' })
    const answers = await this.#deps.checkStun(servers)
    stun({ check: 'stun', result: answers ? 'answers' : 'silent' })
  }

  async #checkRelays(servers: RTCIceServer[]): Promise<void> {
    const { relay } = this.#deps.iceServers
    if (relay !== 'available') return void this.#add({ check: 'relay', result: relay })
    await Promise.all(relaysOf(servers).map((each) => this.#checkRelay(each)))
  }

  async #checkRelay(relay: Relay): Promise<void> {
    const { transport, port } = relay
    const set = this.#add({ check: 'relay', result: 'running', transport, port })
    const relays = await this.#deps.checkRelay(relay)
    set({ check: 'relay', result: relays ? 'relays' : 'silent', transport, port })
  }

  /** Adds a finding. Returns a function that replaces it. */
  #add(finding: Finding): (finding: Finding) => void {
    const index = this.#findings.length
    this.#findings = [...this.#findings, finding]
    return (next) =>
      (this.#findings = this.#findings.map((each, place) => (place === index ? next : each)))
  }
}
