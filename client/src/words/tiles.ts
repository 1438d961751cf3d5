/** The texts of tiles, and of how they are arranged. */
import { t } from '../language/text.ts'

/** The label of a button that is pressed or not. `label`: of the tile; undefined is our own. */
export function pinWords(label: string | undefined): string {
  if (label === undefined) return t('tile.pin-yourself')
  if (label === t('people.other')) return t('tile.pin-other')
  if (label === t('people.their-screen')) return t('tile.pin-their-screen')
  return t('tile.pin', { name: label })
}

export function fullScreenWords(label: string): string {
  if (label === t('people.other')) return t('tile.full-screen-other')
  if (label === t('people.their-screen')) return t('tile.full-screen-their-screen')
  return t('tile.full-screen', { name: label })
}

/** What a press on these buttons does. */
export const pinHint = (isPinned: boolean) => t(isPinned ? 'tile.unpin-hint' : 'tile.pin-hint')
export const fullScreenHint = (isFull: boolean) =>
  t(isFull ? 'tile.leave-full-screen-hint' : 'tile.full-screen-hint')
