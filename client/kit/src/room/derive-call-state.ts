/** Derives the state of a call from its participants. */
import type { MediaConnection } from '../rtc/recovery.ts'
import type {
  CallState,
  InCallState,
  PeerConnectionStatus,
  SeatStatus,
  SignalingConnection,
} from './call-state.ts'

/** What is known about the others in a room. */
export interface Others {
  participants: readonly {
    readonly seat: SeatStatus
    readonly connection: PeerConnectionStatus
  }[]
  /** The name of the last participant that left; undefined if nobody did. */
  lastToLeave: string | undefined
}

/** From best to worst; the best connection determines the state of the call. */
const BEST_FIRST: PeerConnectionStatus[] = [
  'connected',
  'reconnecting',
  'failing',
  'connecting',
  'none',
  'rejected',
]

export function deriveCallState(
  { participants, lastToLeave }: Others,
  previous: CallState,
  signaling: SignalingConnection,
): InCallState {
  const best = BEST_FIRST.find((status) =>
    participants.some(({ connection }) => connection === status),
  )
  if (best === undefined) return { name: 'waiting', signaling, lastToLeave }
  const media = best === 'none' ? 'connecting' : best
  if (!isTalking(media, previous)) return { name: 'connecting', signaling, media }
  const others = participants.some(({ seat }) => seat === 'online') ? 'online' : 'away'
  return { name: 'talking', signaling, media, others }
}

/** A connection that fails after it was established still belongs to a call in progress. */
function isTalking(
  media: MediaConnection | 'rejected',
  previous: CallState,
): media is MediaConnection {
  if (media === 'connected' || media === 'reconnecting') return true
  return media === 'failing' && previous.name === 'talking'
}
