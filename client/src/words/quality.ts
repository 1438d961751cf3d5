/** The texts about how good a connection is: what is wrong, what helps, and the figures. */
import type { OwnCause, Quality } from '../quality/causes.ts'
import type { Sample } from '../quality/sample.ts'
import type { Picture } from 'vidchat-kit'
import type { Words } from './media.ts'

/** What is wrong with what we get from somebody, and what helps; undefined if nothing is. */
export function peerQualityWords(
  quality: Quality | undefined,
  label: string,
  isGroup: boolean,
): Words | undefined {
  if (!quality) return undefined
  const { cause, sample } = quality
  switch (cause) {
    case undefined:
      return undefined
    case 'computer':
      return {
        title: `${label}’s computer is busy`,
        text: 'So it sends a smaller or slower picture. Closing other programs there helps.',
      }
    case 'loss':
      return {
        title: `Packets between you and ${label} get lost`,
        text: `Sound and picture may break off. ${NEARER}`,
      }
    case 'upload':
      return {
        title: `${label}’s upload is slow`,
        text: isGroup
          ? 'So their picture is small or slow. Turning their camera off keeps the sound good.'
          : 'Or your download is. So their picture is small or slow. Stop other downloads, or ask them to turn their camera off.',
      }
    case 'unsteady':
      return {
        title: `The connection to ${label} is unsteady`,
        text: `Sound and picture come in bursts. ${NEARER}`,
      }
    case 'far':
      return {
        // Without the figure, which changes all the time: the title is read out when it changes.
        title: `${label} is far away`,
        text: `What you say arrives late (${milliseconds(sample.roundTrip)} there and back), so leave each other time.${relayWords(sample)}`,
      }
  }
}

/** What is wrong with us, and what helps; undefined if nothing is. */
export function ownQualityWords(cause: OwnCause | undefined): Words | undefined {
  switch (cause) {
    case undefined:
      return undefined
    case 'computer':
      return {
        title: 'Your computer is busy',
        text: 'The others get a smaller or slower picture of you. Close other programs and tabs, or turn your camera off.',
      }
    case 'loss':
      return {
        title: 'Your connection loses packets',
        text: `Sound and picture may break off. ${NEARER}`,
      }
    case 'upload':
      return {
        title: 'Your upload is slow',
        text: 'The others get a small or slow picture of you. Stop other uploads, or turn your camera off: the sound stays good.',
      }
    case 'download':
      return {
        title: 'Your download is slow',
        text: 'You get small or slow pictures of everyone. Stop other downloads, or use another network.',
      }
  }
}

/** In place of a cause that has gone while its words were read. */
export const wellWords: Words = { title: 'Connection', text: 'All is well again.' }

export const qualityLabels = {
  figures: 'Figures',
  connections: 'Connections',
  /** What the button on a tile does. */
  more: 'Show why',
}

/** One line on a connection, such as "direct, 40 ms". */
export function connectionSummary(label: string, sample: Sample): string {
  return `${label}: ${PATHS[sample.path].short}, ${milliseconds(sample.roundTrip)}`
}

/** What is known of a connection, in rows of a table. */
export function qualityFigures(sample: Sample): { name: string; value: string }[] {
  const by = sample.protocol ? ` (${sample.protocol.toUpperCase()})` : ''
  const rows: [string, string | undefined][] = [
    ['Path', `${PATHS[sample.path].long}${by}`],
    ['Round trip', milliseconds(sample.roundTrip)],
    ['Lost, in and out', `${percent(sample.lossIn)}, ${percent(sample.lossOut)}`],
    ['Jitter', milliseconds(sample.jitter)],
    ['In', bitrate(sample.bitrateIn)],
    ['Out', bitrate(sample.bitrateOut)],
    ['Out at most', sample.available === undefined ? undefined : bitrate(sample.available)],
    ['Picture in', pictureWords(sample.incoming)],
    ['Picture out', pictureWords(sample.outgoing)],
    ['Freezes', String(sample.freezes)],
    ['Codecs', sample.codecs.join(', ') || undefined],
  ]
  return rows.flatMap(([name, value]) => (value === undefined ? [] : { name, value }))
}

const NEARER = 'A cable, or a place nearer to the Wi-Fi, helps.'

const PATHS = {
  direct: { short: 'direct', long: 'Direct' },
  relayed: { short: 'over a relay', long: 'Over a relay' },
  unknown: { short: 'path unknown', long: 'Unknown' },
}

const relayWords = ({ path }: Sample) =>
  path === 'relayed' ? ' The connection goes over a relay, which is a detour.' : ''

function milliseconds(value: number | undefined): string {
  return value === undefined ? 'unknown' : `${Math.round(value)} ms`
}

function percent(share: number | undefined): string {
  return share === undefined ? 'unknown' : `${(share * 100).toFixed(1)} %`
}

function bitrate(bitsPerSecond: number): string {
  return bitsPerSecond < 1e6
    ? `${Math.round(bitsPerSecond / 1e3)} kbit/s`
    : `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`
}

function pictureWords(picture: Picture | undefined): string {
  if (!picture) return 'none'
  const { width, height, framesPerSecond } = picture
  return `${width} × ${height}, ${Math.round(framesPerSecond)} per second`
}
