/** Words for what is wrong with a camera or a microphone, and what to do about it. */
import type { MediaProblem } from '../media/problem.ts'

/** Which devices share the problem. */
export type Affected = 'camera' | 'microphone' | 'both'

export interface Words {
  title: string
  text: string
}

export function mediaWords(problem: MediaProblem, affected: Affected): Words {
  return WORDS[problem](GRAMMAR[affected])
}

interface Grammar {
  /** camera, microphone, or both */
  name: string
  is: string
  does: string
  it: string
  /** What not having it costs, and what is left. */
  without: string
}

const GRAMMAR: Record<Affected, Grammar> = {
  camera: {
    name: 'camera',
    is: 'is',
    does: 'does',
    it: 'it',
    without: 'You can join without: the other person hears you, and you see and hear them.',
  },
  microphone: {
    name: 'microphone',
    is: 'is',
    does: 'does',
    it: 'it',
    without: 'You can join without: the other person sees you, and you see and hear them.',
  },
  both: {
    name: 'camera and microphone',
    is: 'are',
    does: 'do',
    it: 'them',
    without: 'You can join all the same: you will see and hear the other person.',
  },
}

const WORDS: Record<MediaProblem, (grammar: Grammar) => Words> = {
  denied: ({ name, is, it }) => ({
    title: `Your ${name} ${is} blocked`,
    text: `This site may not use ${it}. Allow it through the icon beside the address, then try again.`,
  }),
  dismissed: ({ name }) => ({
    title: `May this page use your ${name}?`,
    text: 'The question was closed without an answer. Try again and choose “Allow”.',
  }),
  policy: ({ name }) => ({
    title: `This page is not allowed to use your ${name}`,
    text: 'A policy of the browser, or of a page around this one, forbids it. Open the link in a window of its own or in another browser.',
  }),
  system: ({ name }) => ({
    title: `Your system keeps the ${name} from the browser`,
    text: 'Allow it for your browser in the system’s privacy settings, then try again.',
  }),
  'not-found': ({ name, without }) => ({
    title: `No ${name} found`,
    text: `${without} Or plug one in and try again.`,
  }),
  'in-use': ({ name, is }) => ({
    title: `Your ${name} ${is} in use`,
    text: 'Another program or tab holds on to it. Close that one and try again.',
  }),
  overconstrained: ({ name, does }) => ({
    title: `Your ${name} ${does} not fit`,
    text: 'It cannot deliver what a call needs. Choose another one, or try again.',
  }),
  insecure: ({ name }) => ({
    title: `No ${name} on an insecure page`,
    text: 'Browsers give devices to https pages only. Open this link with https:// in front. Until then you can watch and listen.',
  }),
  unsupported: ({ name, without }) => ({
    title: `This browser offers no ${name}`,
    text: `${without} For more, use a current Chrome, Edge, Firefox or Safari.`,
  }),
  unplugged: ({ name, is }) => ({
    title: `Your ${name} ${is} gone`,
    text: 'Unplugged, perhaps, or no longer allowed. Plug it in and try again, or choose another one.',
  }),
  unknown: ({ name, does }) => ({
    title: `Your ${name} ${does} not start`,
    text: 'The browser gives no reason. Try again, or choose another one.',
  }),
}
