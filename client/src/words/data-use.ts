/** The texts about how much data the video of a call uses. */

export const dataUseWords = {
  title: 'Video',
  label: 'Data use',
  full: 'All video',
  low: 'Low data',
  audio: 'Audio only',
}

/** What a choice means. */
export const dataUseHints = {
  full: 'You see everyone, as well as the networks allow.',
  low: 'You see only who speaks or shares a screen, in small pictures, and others see a small one of you.',
  audio: 'You see nobody, and your camera is off.',
}

/** Offered if the browser is set to save data. */
export const saveDataWords = {
  text: 'Your browser saves data. Video uses most of it.',
  accept: 'Use low data',
  decline: 'No, thanks',
}
