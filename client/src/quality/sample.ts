/** How a connection was between two looks at it. */
import type { ConnectionStats, Limitation, SentVideo } from 'vidchat-kit'

export interface Sample extends Pick<
  ConnectionStats,
  'path' | 'protocol' | 'roundTrip' | 'jitter' | 'available' | 'incoming' | 'outgoing' | 'codecs'
> {
  /** Shares of the packets from 0 to 1; undefined if there were too few of them. */
  lossIn: number | undefined
  lossOut: number | undefined
  /** Bits per second. */
  bitrateIn: number
  bitrateOut: number
  /** How often their picture stood still since the connection began. */
  freezes: number
  /** What makes our picture visibly poorer for them. */
  limitation: Limitation
}

/** Of fewer packets, the share that is lost says nothing. */
const MIN_PACKETS = 30
/** A picture is visibly poorer if less than this share of its height or its frames is left. */
const MIN_HEIGHT = 0.6
const MIN_FRAMERATE = 0.5

/** Undefined if the counts began anew in between, as those of another connection do. */
export function sampleBetween(before: ConnectionStats, now: ConnectionStats): Sample | undefined {
  const seconds = (now.at - before.at) / 1000
  if (seconds <= 0 || now.bytesIn < before.bytesIn || now.bytesOut < before.bytesOut) return
  const { path, protocol, roundTrip, jitter, available, incoming, outgoing, codecs, freezes } = now
  return {
    ...{ path, protocol, roundTrip, jitter, available, incoming, outgoing, codecs, freezes },
    lossIn: share(now.lostIn - before.lostIn, now.packetsIn - before.packetsIn, 'arrived'),
    lossOut: share(now.lostOut - before.lostOut, now.packetsOut - before.packetsOut, 'sent'),
    bitrateIn: (8 * (now.bytesIn - before.bytesIn)) / seconds,
    bitrateOut: (8 * (now.bytesOut - before.bytesOut)) / seconds,
    limitation: limitationOf(now.sent.filter(isPoorer)),
  }
}

/** Packets that come late count as lost first and then as less than nothing. */
function share(lost: number, packets: number, counted: 'arrived' | 'sent'): number | undefined {
  const all = counted === 'sent' ? packets : packets + Math.max(0, lost)
  return all < MIN_PACKETS ? undefined : Math.min(1, Math.max(0, lost) / all)
}

function isPoorer({ picture, asked }: SentVideo): boolean {
  return (
    picture.height < asked.height * MIN_HEIGHT ||
    picture.framesPerSecond < asked.framesPerSecond * MIN_FRAMERATE
  )
}

function limitationOf(poorer: readonly SentVideo[]): Limitation {
  const limitations = poorer.map(({ limitation }) => limitation)
  if (limitations.includes('cpu')) return 'cpu'
  return limitations.includes('bandwidth') ? 'bandwidth' : 'none'
}
