/** Why the picture or the sound of a call is bad: from samples to causes, without any state. */
import type { Limitation } from 'vidchat-kit'
import type { Sample } from './sample.ts'

/** What is wrong with what we get from somebody. */
export type PeerCause =
  /** Their computer is busy, as their page says. */
  | 'computer'
  /** Packets between us get lost. */
  | 'loss'
  /** Their upload is slow; with nobody else to compare with, it may be our download. */
  | 'upload'
  /** Packets come at very different times. */
  | 'unsteady'
  /** The round trip is long. */
  | 'far'

/** What is wrong with us, for everyone in the call. */
export type OwnCause = 'computer' | 'loss' | 'upload' | 'download'

/** A connection to somebody, and what they say limits their video. */
export interface Seen {
  id: string
  sample: Sample
  theirs: Limitation
}

/** How good the connection to somebody is, and what is wrong with it for some time now. */
export interface Quality {
  sample: Sample
  cause: PeerCause | undefined
}

interface Causes {
  own: OwnCause | undefined
  /** By id; nothing for those with whom all is well, or who suffer from what is ours. */
  peers: ReadonlyMap<string, PeerCause>
}

/** Shares of packets, and times in ms, from which on people hear or see it. */
const MAX_LOSS = 0.05
const MAX_JITTER = 60
const MAX_ROUND_TRIP = 300

/** What all connections have in common is ours, if there are several. */
export function causesOf(seen: readonly Seen[]): Causes {
  const own = ownCause(seen)
  const isGroup = seen.length > 1
  const peers = seen.flatMap((each) => {
    const cause = peerCause(each, own, isGroup)
    return cause ? [[each.id, cause] as const] : []
  })
  return { own, peers: new Map(peers) }
}

function ownCause(seen: readonly Seen[]): OwnCause | undefined {
  if (seen.length === 0) return undefined
  const isGroup = seen.length > 1
  if (seen.some(({ sample }) => sample.limitation === 'cpu')) return 'computer'
  if (isGroup && seen.every(({ sample }) => loses(sample))) return 'loss'
  if (seen.every(({ sample }) => sample.limitation === 'bandwidth')) return 'upload'
  if (isGroup && seen.every(({ theirs }) => theirs === 'bandwidth')) return 'download'
  return undefined
}

function peerCause(
  { sample, theirs }: Seen,
  own: OwnCause | undefined,
  isGroup: boolean,
): PeerCause | undefined {
  if (theirs === 'cpu') return 'computer'
  if (loses(sample) && own !== 'loss') return 'loss'
  if (theirs === 'bandwidth' && !(isGroup && own === 'download')) return 'upload'
  if (sample.jitter > MAX_JITTER) return 'unsteady'
  return (sample.roundTrip ?? 0) > MAX_ROUND_TRIP ? 'far' : undefined
}

function loses({ lossIn = 0, lossOut = 0 }: Sample): boolean {
  return lossIn > MAX_LOSS || lossOut > MAX_LOSS
}
