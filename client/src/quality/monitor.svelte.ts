/** Watches how good the connections of a call are, and tells the others what limits our video. */
import { type Clock, type ConnectionStats, type Limitation, statsOf } from 'vidchat-kit'
import { causesOf, type OwnCause, type PeerCause, type Quality, type Seen } from './causes.ts'
import { sampleBetween } from './sample.ts'
import { Steady } from './steady.ts'

/** How often it is looked, in ms. */
export const INTERVAL = 2500

/** What is watched of a participant. */
export interface Watched {
  readonly id: string
  readonly connection: string
  readonly rtc: RTCPeerConnection | undefined
}

export interface MonitorDeps {
  participants(): readonly Watched[]
  /** What limits their video, as they say. */
  limitationOf(id: string): Limitation
  /** Tells them what limits ours. */
  tell(id: string, limitation: Limitation): void
  clock: Clock
  /** Nobody sees the signs of a tab that is hidden; the others still want to know what limits us. */
  isHidden(): boolean
}

/** A connection between two looks. */
interface Entry {
  rtc: RTCPeerConnection | undefined
  stats: ConnectionStats | undefined
  told: Limitation
  steady: Steady<PeerCause>
}

export class QualityMonitor {
  readonly #deps: MonitorDeps
  #entries = new Map<string, Entry>()
  readonly #steady = new Steady<OwnCause>()
  #peers = $state.raw<ReadonlyMap<string, Quality>>(new Map())
  #own = $state.raw<OwnCause | undefined>()

  constructor(deps: MonitorDeps) {
    this.#deps = deps
  }

  /** By id, of those with whom we are connected for long enough to tell. */
  get peers(): ReadonlyMap<string, Quality> {
    return this.#peers
  }

  /** What is wrong with us, for everyone. */
  get own(): OwnCause | undefined {
    return this.#own
  }

  /** Watches until the returned function is called. */
  watch(): () => void {
    let stopped = false
    let cancel = () => {}
    const look = async () => {
      await this.#look(() => stopped)
      if (!stopped) cancel = this.#deps.clock.after(INTERVAL, () => void look())
    }
    void look()
    return () => {
      stopped = true
      cancel()
    }
  }

  async #look(isStopped: () => boolean): Promise<void> {
    const connected = this.#deps
      .participants()
      .filter(({ connection, rtc }) => connection === 'connected' && rtc !== undefined)
    const seen = await Promise.all(connected.map((participant) => this.#sample(participant)))
    if (isStopped()) return
    const ids = new Set(connected.map(({ id }) => id))
    this.#entries = new Map([...this.#entries].filter(([id]) => ids.has(id)))
    if (!this.#deps.isHidden()) this.#judge(seen.filter((each) => each !== undefined))
  }

  async #sample({ id, rtc }: Watched): Promise<Seen | undefined> {
    const known = this.#entries.get(id)
    const entry = known?.rtc === rtc && known ? known : newEntry(rtc)
    this.#entries.set(id, entry)
    const stats = await statsOf(rtc)
    const sample = entry.stats && stats && sampleBetween(entry.stats, stats)
    entry.stats = stats
    if (!sample) return undefined
    this.#tell(id, entry, sample.limitation)
    return { id, sample, theirs: this.#deps.limitationOf(id) }
  }

  /** A limitation is repeated, since what they heard holds for some seconds only. */
  #tell(id: string, entry: Entry, limitation: Limitation): void {
    if (limitation !== 'none' || entry.told !== 'none') this.#deps.tell(id, limitation)
    entry.told = limitation
  }

  #judge(seen: Seen[]): void {
    const causes = causesOf(seen)
    this.#own = this.#steady.update(causes.own)
    this.#peers = new Map(
      seen.map(({ id, sample }) => {
        const cause = this.#entries.get(id)?.steady.update(causes.peers.get(id))
        return [id, { sample, cause }]
      }),
    )
  }
}

function newEntry(rtc: RTCPeerConnection | undefined): Entry {
  return { rtc, stats: undefined, told: 'none', steady: new Steady() }
}
