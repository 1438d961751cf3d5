/** The texts for problems with the camera or microphone, and what to do about them. */
import type { MediaProblem } from '../media/problem.ts'
import { leftToRight, numbered, t } from '../language/text.ts'

/** The devices with the same problem. */
export type Affected = 'camera' | 'microphone' | 'both'

export interface Words {
  title: string
  text: string
}

/** `othersWork`: whether there is still a microphone without the camera, or the reverse. */
export function mediaWords(problem: MediaProblem, which: Affected, othersWork = true): Words {
  const values = { which, works: othersWork ? OTHER[which] : 'none' }
  return { title: t(`media.${problem}.title`, values), text: t(`media.${problem}.text`, values) }
}

/** What still works without a device. */
const OTHER = { camera: 'microphone', microphone: 'camera', both: 'none' } as const

/** Shown when a microphone replaced one that was unplugged. */
export function replacementWords(label: string): Words {
  return {
    title: t('media.unplugged.title', { which: 'microphone' }),
    text: label ? t('media.replaced.named', { device: label }) : t('media.replaced.unnamed'),
  }
}

/** 1280 × 720, in the numerals of the language, and the width on the left in each. */
export function sizeOfPicture(width: number, height: number): string {
  const pixels = (value: number) => numbered(value, { useGrouping: false })
  return leftToRight(pixels(width), ' × ', pixels(height))
}
