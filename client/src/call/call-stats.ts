/**
 * What the page reports about a call if the server asks for it: once for each other
 * participant, without saying who or in which call.
 */
import type { Participant } from '../room/participant.svelte.ts'
import type { Clock } from '../rtc/clock.ts'

export interface CallReport {
  /** Connected, or why not. */
  result: 'connected' | 'failed' | 'rejected' | 'left'
  path: 'direct' | 'relayed' | 'unknown'
  /** Milliseconds until their first picture; 0 if there was none. */
  firstFrame: number
  restarts: number
}

/** What is known of one connection from `getStats`. */
export interface ConnectionSample {
  path: CallReport['path']
  frames: number
}

export interface CallStatsDeps {
  participants(): readonly StatsSource[]
  clock: Clock
  /** The time in ms. */
  now(): number
  send(report: CallReport): void
}

/** What is watched of a participant. */
export type StatsSource = Pick<Participant, 'id' | 'connection' | 'restarts' | 'rtc'>

/** How often the call is looked at, in ms. */
const INTERVAL = 100
/** A picture that comes later is none, in ms; and the most that is reported of restarts. */
const MAX_FIRST_FRAME = 60_000
const MAX_RESTARTS = 1000

/** Sends a report, also from a page that is closed. */
export function sendReport(report: CallReport): void {
  const body = JSON.stringify(report)
  void fetch('/call-stats', { method: 'POST', body, keepalive: true }).catch(() => undefined)
}

/** Watches a call until the returned function is called, which reports what is left. */
export function reportCall(deps: CallStatsDeps): () => void {
  const watched = new Map<string, { since: number; report: CallReport }>()
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
      if (!watched.has(participant.id)) watched.set(participant.id, newEntry(deps.now()))
    }
    await Promise.all(present.map((participant) => update(participant)))
    if (stopped) return
    cancel = deps.clock.after(INTERVAL, () => void look())
  }

  const update = async (participant: StatsSource) => {
    const entry = watched.get(participant.id)
    if (!entry) return
    const { report, since } = entry
    report.result = resultOf(participant.connection, report.result)
    report.restarts = Math.min(participant.restarts, MAX_RESTARTS)
    const took = Math.max(1, Math.round(deps.now() - since))
    const isDone = report.firstFrame > 0 || took > MAX_FIRST_FRAME
    if (participant.connection !== 'connected' || isDone) return
    const sample = await sampleOf(participant.rtc)
    if (sample.path !== 'unknown') report.path = sample.path
    if (sample.frames > 0) report.firstFrame = took
  }

  void look()
  return () => {
    stopped = true
    cancel()
    for (const id of [...watched.keys()]) end(id)
  }
}

function newEntry(since: number): { since: number; report: CallReport } {
  return { since, report: { result: 'left', path: 'unknown', firstFrame: 0, restarts: 0 } }
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

/** The path and the frames of a connection; nothing of one that is closed meanwhile. */
async function sampleOf(pc: RTCPeerConnection | undefined): Promise<ConnectionSample> {
  const report = await pc?.getStats().catch(() => undefined)
  const stats = new Map<string, Record<string, unknown>>(report ? [...report] : [])
  const all = [...stats.values()]
  const frames = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')
  const transport = all.find(({ type }) => type === 'transport')
  const pair =
    stats.get(String(transport?.selectedCandidatePairId)) ??
    all.find(({ type, selected }) => type === 'candidate-pair' && selected === true)
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => stats.get(String(id)))
  const relayed = ends.some((candidate) => candidate?.candidateType === 'relay')
  return {
    path: pair ? (relayed ? 'relayed' : 'direct') : 'unknown',
    frames: Number(frames?.framesDecoded ?? 0),
  }
}
