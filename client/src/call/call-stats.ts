/**
 * What the page reports about a call if the server asks for it: once for each other
 * participant, without saying who or in which call.
 */
import { type Clock, type ConnectionStats, type Participant, statsOf } from 'vidchat-kit'

export interface CallReport {
  /** Connected, or why not. */
  result: 'connected' | 'failed' | 'rejected' | 'left'
  path: ConnectionStats['path']
  /** Milliseconds until their first picture; 0 if there was none. */
  firstFrame: number
  restarts: number
}

export interface CallStatsDeps {
  participants(): readonly StatsSource[]
  clock: Clock
  /** The time in ms. */
  now(): number
  send(report: CallReport): void
}

/** What is watched of a participant. */
export type StatsSource = Pick<
  Participant,
  'id' | 'connection' | 'restarts' | 'rtc' | 'wanted' | 'mediaState'
>

/** How often the call is looked at, in ms. */
const INTERVAL = 100
/** A connection without a picture is asked again after this part of the time it took so far. */
const PRECISION = 0.1
/** A picture that comes later is none, in ms; and the most that is reported of restarts. */
const MAX_FIRST_FRAME = 60_000
const MAX_RESTARTS = 1000

/** A report that is not sent yet. */
interface Entry {
  since: number
  report: CallReport
  /**
   * Whether their picture was off or not wanted at first, or we were connected before we
   * looked: when it comes says nothing.
   */
  untimed: boolean
  /** When the connection is asked again. */
  next: number
}

/** Sends a report, also from a page that is closed. */
export function sendReport(report: CallReport): void {
  const body = JSON.stringify(report)
  void fetch('/call-stats', { method: 'POST', body, keepalive: true }).catch(() => undefined)
}

/** Watches a call until the returned function is called, which reports what is left. */
export function reportCall(deps: CallStatsDeps): () => void {
  const watched = new Map<string, Entry>()
  const reported = new Set<string>()
  let cancel: () => void = () => undefined
  let stopped = false

  const end = (id: string) => {
    const entry = watched.get(id)
    watched.delete(id)
    if (!entry || reported.has(id)) return
    reported.add(id)
    deps.send(entry.report)
  }

  const look = async () => {
    const present = deps.participants()
    for (const id of watched.keys()) if (!present.some((each) => each.id === id)) end(id)
    for (const participant of present) {
      if (!watched.has(participant.id))
        watched.set(participant.id, newEntry(participant, deps.now()))
    }
    await Promise.all(present.map((participant) => update(participant)))
    if (stopped) return
    cancel = deps.clock.after(INTERVAL, () => void look())
  }

  const update = async (participant: StatsSource) => {
    const entry = watched.get(participant.id)
    if (!entry) return
    const { report, since } = entry
    const now = deps.now()
    report.result = resultOf(participant.connection, report.result)
    report.restarts = Math.min(participant.restarts, MAX_RESTARTS)
    const took = Math.max(1, Math.round(now - since))
    entry.untimed ||= participant.wanted === 'none' || participant.mediaState?.camera === false
    const isTimed = report.firstFrame > 0 || (entry.untimed && report.path !== 'unknown')
    const isDone = isTimed || took > MAX_FIRST_FRAME
    if (participant.connection !== 'connected' || isDone || now < entry.next) return
    entry.next = now + took * PRECISION
    const stats = await statsOf(participant.rtc)
    if (stats && stats.path !== 'unknown') report.path = stats.path
    if (stats && stats.frames > 0 && !entry.untimed) report.firstFrame = took
  }

  void look()
  return () => {
    stopped = true
    cancel()
    for (const id of [...watched.keys()]) end(id)
  }
}

function newEntry({ connection }: StatsSource, since: number): Entry {
  const report: CallReport = { result: 'left', path: 'unknown', firstFrame: 0, restarts: 0 }
  return { since, report, untimed: connection === 'connected', next: since }
}

/** Who was connected once stays so; who failed may still connect. */
function resultOf(
  connection: StatsSource['connection'],
  before: CallReport['result'],
): CallReport['result'] {
  if (connection === 'connected' || before === 'connected') return 'connected'
  if (connection === 'rejected') return 'rejected'
  return connection === 'failing' ? 'failed' : before
}
