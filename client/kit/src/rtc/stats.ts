/** What `getStats` says of a connection, in the same terms for all browsers. */

/** What limits the video that is sent, as far as the browser says. */
export type Limitation = 'none' | 'cpu' | 'bandwidth'

export interface Picture {
  width: number
  height: number
  framesPerSecond: number
}

/** A video that is sent. */
export interface SentVideo {
  picture: Picture
  /** What the camera or screen gives, within the limits that its sender was given. */
  asked: Picture
  limitation: Limitation
}

/** Counts grow for as long as the connection lasts. Undefined is what a browser does not say. */
export interface ConnectionStats {
  /** When it was so, in ms. */
  at: number
  path: 'direct' | 'relayed' | 'unknown'
  /** How our packets leave, to the other or to our relay: udp, tcp or tls. */
  protocol: string | undefined
  /** In ms. */
  roundTrip: number | undefined
  /** Bits per second. */
  available: number | undefined
  bytesIn: number
  bytesOut: number
  packetsIn: number
  packetsOut: number
  /** Of theirs that did not arrive, and of ours as they told us. */
  lostIn: number
  lostOut: number
  /** In ms. */
  jitter: number
  frames: number
  freezes: number
  incoming: Picture | undefined
  outgoing: Picture | undefined
  /** The camera, and the screen beside it. */
  sent: SentVideo[]
  /** Without repetitions, such as VP8 and opus. */
  codecs: string[]
}

type Entry = Record<string, unknown>
/** The limits of each sender, by its mid. */
type Limits = ReadonlyMap<string | null, RTCRtpEncodingParameters | undefined>

/** Asks the browser; undefined if there is no connection, or it is closed meanwhile. */
export async function statsOf(
  pc: RTCPeerConnection | undefined,
): Promise<ConnectionStats | undefined> {
  const report = await pc?.getStats().catch(() => undefined)
  return report && pc && readStats(new Map<string, Entry>([...report]), limitsOf(pc))
}

function limitsOf(pc: RTCPeerConnection): Limits {
  return new Map(
    pc.getTransceivers().map(({ mid, sender }) => [mid, sender.getParameters().encodings?.[0]]),
  )
}

export function readStats(
  stats: ReadonlyMap<string, Entry>,
  limits: Limits = new Map(),
): ConnectionStats {
  const all = [...stats.values()]
  const ofType = (type: string) => all.filter((entry) => entry.type === type)
  const [inbound, outbound] = [ofType('inbound-rtp'), ofType('outbound-rtp')]
  const told = ofType('remote-inbound-rtp')
  const pair = selectedPair(stats, all)
  const local = stats.get(String(pair?.localCandidateId))
  const remote = stats.get(String(pair?.remoteCandidateId))
  const codecs = [...inbound, ...outbound].map(({ codecId }) => stats.get(String(codecId)))
  const relayed = [local, remote].some((candidate) => candidate?.candidateType === 'relay')
  return {
    at: number(pair?.timestamp) ?? number(all[0]?.timestamp) ?? 0,
    path: pair ? (relayed ? 'relayed' : 'direct') : 'unknown',
    protocol: text(local?.relayProtocol) ?? text(local?.protocol),
    roundTrip: milliseconds(pair?.currentRoundTripTime ?? told[0]?.roundTripTime),
    available: number(pair?.availableOutgoingBitrate),
    bytesIn: sum(inbound, 'bytesReceived'),
    bytesOut: sum(outbound, 'bytesSent'),
    packetsIn: sum(inbound, 'packetsReceived'),
    packetsOut: sum(outbound, 'packetsSent'),
    lostIn: sum(inbound, 'packetsLost'),
    lostOut: sum(told, 'packetsLost'),
    jitter: Math.max(0, ...inbound.map(({ jitter }) => milliseconds(jitter) ?? 0)),
    frames: sum(inbound, 'framesDecoded'),
    freezes: sum(inbound, 'freezeCount'),
    incoming: pictureOf(largest(inbound)),
    outgoing: pictureOf(largest(outbound)),
    sent: outbound.flatMap((entry) => sentVideo(stats, entry, limits)),
    codecs: [...new Set(codecs.flatMap((codec) => text(codec?.mimeType)?.split('/')[1] ?? []))],
  }
}

/** Firefox marks the pair, and has no transport. */
function selectedPair(stats: ReadonlyMap<string, Entry>, all: Entry[]): Entry | undefined {
  const transport = all.find(({ type }) => type === 'transport')
  return (
    stats.get(String(transport?.selectedCandidatePairId)) ??
    all.find(({ type, selected }) => type === 'candidate-pair' && selected === true)
  )
}

/** None of a stream that is not sent now. */
function sentVideo(stats: ReadonlyMap<string, Entry>, entry: Entry, limits: Limits): SentVideo[] {
  const picture = pictureOf(entry)
  const source = pictureOf(stats.get(String(entry.mediaSourceId)))
  const limit = limits.get(text(entry.mid) ?? null)
  if (!picture || !source || limit?.active === false) return []
  return [{ picture, asked: within(source, limit), limitation: limitationOf(entry) }]
}

function within(source: Picture, limit: RTCRtpEncodingParameters | undefined): Picture {
  const scale = limit?.scaleResolutionDownBy ?? 1
  return {
    width: source.width / scale,
    height: source.height / scale,
    framesPerSecond: Math.min(source.framesPerSecond, limit?.maxFramerate ?? Infinity),
  }
}

function limitationOf({ qualityLimitationReason: reason }: Entry): Limitation {
  return reason === 'cpu' || reason === 'bandwidth' ? reason : 'none'
}

/** The video with the largest picture, since a screen may be sent beside the camera. */
function largest(streams: Entry[]): Entry | undefined {
  const videos = streams.filter(({ kind }) => kind === 'video')
  return videos.sort((a, b) => (number(b.frameWidth) ?? 0) - (number(a.frameWidth) ?? 0))[0]
}

function pictureOf(entry: Entry | undefined): Picture | undefined {
  const width = number(entry?.frameWidth ?? entry?.width)
  const height = number(entry?.frameHeight ?? entry?.height)
  const framesPerSecond = number(entry?.framesPerSecond) ?? 0
  return width && height ? { width, height, framesPerSecond } : undefined
}

function sum(entries: Entry[], field: string): number {
  return entries.reduce((total, entry) => total + (number(entry[field]) ?? 0), 0)
}

function milliseconds(seconds: unknown): number | undefined {
  const value = number(seconds)
  return value === undefined ? undefined : value * 1000
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
