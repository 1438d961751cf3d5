/** The texts for problems with the camera or microphone, and what to do about them. */
import type { MediaProblem } from '../media/problem.ts'

/** The devices with the same problem. */
export type Affected = 'camera' | 'microphone' | 'both'

export interface Words {
  title: string
  text: string
}

/** The page that tests what a call needs. */
export const testLink = { href: '/call/test', text: 'Test camera, sound and network' }

/** `othersWork`: whether there is still a microphone without the camera, or the reverse. */
export function mediaWords(problem: MediaProblem, affected: Affected, othersWork = true): Words {
  const grammar = GRAMMAR[affected]
  return WORDS[problem](othersWork ? grammar : { ...grammar, without: GRAMMAR.both.without })
}

/** Shown when a microphone replaced one that was unplugged. */
export function replacementWords(label: string): Words {
  return {
    title: 'Your microphone was disconnected',
    text: label ? `You now use “${label}”.` : 'You now use another microphone.',
  }
}

/** The choice of what shared screens show. */
export const screenContentWords = {
  title: 'Shared screen',
  text: 'Text and slides',
  motion: 'Video',
  explanation: {
    text: 'Stays sharp, with fewer pictures a second.',
    motion: 'Moves smoothly, and may be less sharp.',
  },
}

/** Before joining: what others will see and hear of us, but do not yet. */
export function privacyWords(hasCamera: boolean, hasMicrophone: boolean): string {
  if (!hasCamera && !hasMicrophone) {
    return 'Nobody will see or hear you, but you’ll see and hear the others.'
  }
  const senses = [hasCamera ? 'see' : '', hasMicrophone ? 'hear' : ''].filter(Boolean)
  return `Nobody can ${senses.join(' or ')} you yet.`
}

/** On the button that changes between the cameras of a phone. */
export const flipWords = 'Use the other camera'

/** On the landing page if it is not served over https. */
export const insecurePageWords =
  'This page is not secure, so browsers allow no camera, microphone or password here. Open it with https:// at the start.'

interface Grammar {
  name: string
  /** After “no”. */
  none: string
  is: string
  was: string
  it: string
  /** What still works without the device. */
  without: string
}

const GRAMMAR: Record<Affected, Grammar> = {
  camera: {
    name: 'camera',
    none: 'camera',
    is: 'is',
    was: 'was',
    it: 'it',
    without: 'You can join without one: others will hear you, and you’ll see and hear them.',
  },
  microphone: {
    name: 'microphone',
    none: 'microphone',
    is: 'is',
    was: 'was',
    it: 'it',
    without: 'You can join without one: others will see you, and you’ll see and hear them.',
  },
  both: {
    name: 'camera and microphone',
    none: 'camera or microphone',
    is: 'are',
    was: 'were',
    it: 'them',
    without: 'You can still join: you’ll see and hear the others.',
  },
}

const WORDS: Record<MediaProblem, (grammar: Grammar) => Words> = {
  denied: ({ name, is, it }) => ({
    title: `Your ${name} ${is} blocked`,
    text: `Click the icon next to the address to allow ${it}, then try again.`,
  }),
  dismissed: ({ name }) => ({
    title: `Allow your ${name}?`,
    text: 'You closed the browser’s question. Try again and choose “Allow”.',
  }),
  policy: ({ name }) => ({
    title: `This page may not use your ${name}`,
    text: 'A policy of your browser, or of a page around this one, forbids it. Open the link in its own window, or in another browser.',
  }),
  system: ({ name, it }) => ({
    title: `Your system blocks the ${name}`,
    text: `Allow your browser to use ${it} in the system’s privacy settings, then try again.`,
  }),
  'not-found': ({ none, without }) => ({
    title: `No ${none} found`,
    text: `${without} Or connect one and try again.`,
  }),
  'in-use': ({ name, is, it }) => ({
    title: `Your ${name} ${is} in use`,
    text: `Another app or tab may be using ${it}. Close that app or tab, then try again.`,
  }),
  overconstrained: ({ name }) => ({
    title: `Your ${name} can’t be used`,
    text: 'A call needs something that this device doesn’t support. Choose another one, or try again.',
  }),
  insecure: ({ none }) => ({
    title: `No ${none} on an insecure page`,
    text: 'Browsers allow devices on https pages only. Open this link with https:// at the start. Until then, you can watch and listen.',
  }),
  unsupported: ({ name, it, without }) => ({
    title: `This browser can’t use your ${name}`,
    text: `${without} To use ${it}, open the link in a current version of Chrome, Edge, Firefox or Safari.`,
  }),
  unplugged: ({ name, was }) => ({
    title: `Your ${name} ${was} disconnected`,
    text: 'The device may be unplugged, or no longer allowed. Connect it and try again, or choose another one.',
  }),
  interrupted: ({ name, is, it }) => ({
    title: `Your ${name} ${is} paused`,
    text: `Your system took ${it} away, perhaps for a phone call. If nothing comes back afterwards, try again.`,
  }),
  unknown: ({ name }) => ({
    title: `Your ${name} didn’t start`,
    text: 'The browser gave no reason. Try again, or choose another device.',
  }),
}
