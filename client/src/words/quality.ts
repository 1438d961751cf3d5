/** The texts about how good a connection is: what is wrong, what helps, and the figures. */
import type { OwnCause, Quality } from '../quality/causes.ts'
import type { Sample } from '../quality/sample.ts'
import type { Picture } from 'vidchat-kit'
import { milliseconds, numbered, percent, t } from '../language/text.ts'
import { sizeOfPicture, type Words } from './media.ts'

/** What is wrong with what we get from somebody, and what helps; undefined if nothing is. */
export function peerQualityWords(
  quality: Quality | undefined,
  name: string,
  isGroup: boolean,
): Words | undefined {
  if (!quality) return undefined
  const { cause, sample } = quality
  if (cause === undefined) return undefined
  const title = t(`quality.${cause}.title`, { name })
  switch (cause) {
    case 'upload':
      return { title, text: t(isGroup ? 'quality.upload.text-group' : 'quality.upload.text') }
    case 'far': {
      // The title has no figure, which changes all the time: it is read out when it changes.
      const time = timeWords(sample.roundTrip)
      const isRelayed = sample.path === 'relayed'
      return {
        title,
        text: t(isRelayed ? 'quality.far.text-relayed' : 'quality.far.text', { time }),
      }
    }
    default:
      return { title, text: t(`quality.${cause}.text`) }
  }
}

/** What is wrong with us, and what helps; undefined if nothing is. */
export function ownQualityWords(cause: OwnCause | undefined): Words | undefined {
  if (cause === undefined) return undefined
  return { title: t(`quality.own-${cause}.title`), text: t(`quality.own-${cause}.text`) }
}

/** In place of a cause that has gone while its words were read. */
export const wellWords = (): Words => ({
  title: t('quality.well.title'),
  text: t('quality.well.text'),
})

/** One line on a connection, such as "direct, 40 ms". */
export function connectionSummary(label: string, sample: Sample): string {
  const time = timeWords(sample.roundTrip)
  return t(`quality.summary.${sample.path}`, { name: label, time })
}

/** What is known of a connection, in rows of a table. */
export function qualityFigures(sample: Sample): { name: string; value: string }[] {
  const path = t(`quality.path.${sample.path}`)
  const protocol = sample.protocol?.toUpperCase()
  const rows: [string, string | undefined][] = [
    [t('quality.path'), protocol ? t('quality.path.by', { path, protocol }) : path],
    [t('quality.round-trip'), timeWords(sample.roundTrip)],
    [t('quality.lost'), `${shareWords(sample.lossIn)} / ${shareWords(sample.lossOut)}`],
    [t('quality.jitter'), timeWords(sample.jitter)],
    [t('quality.in'), bitrate(sample.bitrateIn)],
    [t('quality.out'), bitrate(sample.bitrateOut)],
    [
      t('quality.available'),
      sample.available === undefined ? undefined : bitrate(sample.available),
    ],
    [t('quality.picture-in'), pictureWords(sample.incoming)],
    [t('quality.picture-out'), pictureWords(sample.outgoing)],
    [t('quality.freezes'), numbered(sample.freezes)],
    [t('quality.codecs'), sample.codecs.join(', ') || undefined],
  ]
  return rows.flatMap(([name, value]) => (value === undefined ? [] : { name, value }))
}

const timeWords = (value: number | undefined) =>
  value === undefined ? t('quality.unknown') : milliseconds(value)

const shareWords = (share: number | undefined) =>
  share === undefined ? t('quality.unknown') : percent(share, 1)

function bitrate(bitsPerSecond: number): string {
  return bitsPerSecond < 1e6
    ? t('quality.kilobits', { rate: Math.round(bitsPerSecond / 1e3) })
    : t('quality.megabits', { rate: Math.round(bitsPerSecond / 1e5) / 10 })
}

function pictureWords(picture: Picture | undefined): string {
  if (!picture) return t('quality.none')
  const { width, height, framesPerSecond } = picture
  return t('quality.picture', {
    size: sizeOfPicture(width, height),
    rate: Math.round(framesPerSecond),
  })
}
