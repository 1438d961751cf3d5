/** The texts of tiles, and of how they are arranged. */

/** The labels of buttons that are pressed or not. `label`: of the tile; undefined is our own. */
export const pinWords = (label: string | undefined) => `Pin ${inSentence(label ?? 'yourself')}`
export const fullScreenWords = (label: string) => `Full screen: ${inSentence(label)}`

/** Names keep their capital letter. */
const inSentence = (label: string) => label.replace(/^(?:The other person|Their screen)$/, lower)
const lower = (words: string) => words.toLowerCase()

/** What a press on these buttons does. */
export const pinHint = (isPinned: boolean) => (isPinned ? 'Unpin' : 'Pin: keep large')
export const fullScreenHint = (isFull: boolean) =>
  isFull ? 'Leave full screen (F)' : 'Full screen (F)'

export const speakerViewWords = { label: 'Speaker view', hint: 'Whoever speaks is large (L)' }

export const sharingWords = 'You’re sharing your screen'
export const stopSharingWords = 'Stop sharing'

export const pictureInPictureWords = 'Picture in picture'
