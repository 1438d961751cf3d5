/** The texts about the sound of the microphone. */
export const soundWords = {
  original: 'Original sound, for music',
  hint: 'Your microphone as it is: noise stays, and the volume is not adjusted.',
  echo: 'Remove echo (off only with headphones)',
}
