/** The texts for each state of a call: for screen readers, banners and pages. */
import type {
  CallState,
  InCallState,
  MediaConnection,
  RelayAvailability,
  UnavailableReason,
} from 'vidchat-kit'
import type { Words } from './media.ts'

/** What the state of a call does not say. */
export interface CallContext {
  relay: RelayAvailability
  locked: boolean
  /** Whom we cannot connect to, although we are connected to others. */
  unconnected: string
}

/** A sentence or two for every state, announced whenever it changes. */
export function stateWords(state: CallState, { relay, locked, unconnected }: CallContext): string {
  switch (state.name) {
    case 'pre-join':
      return 'You haven’t joined the call yet.'
    case 'password':
      return passwordWords(state.problem, state.wait) || 'This call is password-protected.'
    case 'locked':
      return lockedWords.title + '.'
    case 'knocking':
      return knockingWords.title + '.'
    case 'denied':
      return deniedWords.title + '.'
    case 'entering':
      if (state.signaling === 'connecting') return 'Joining the call.'
      return sentences(
        unreachableWords(state.refused).title + '.',
        unreachableWords(state.refused).text,
      )
    case 'waiting':
      return sentences(waitingWords(state, locked).title, signalingWords(state))
    case 'connecting':
      return sentences(
        mediaConnectionWords(state.media, relay)?.text ?? 'Someone is here. Connecting.',
        signalingWords(state),
      )
    case 'talking':
      return sentences(
        mediaConnectionWords(state.media, relay)?.text ?? connectedWords(unconnected),
        signalingWords(state) ?? (state.others === 'away' ? awayWords : undefined),
      )
    case 'full':
      return fullWords[state.limit].title + '.'
    case 'left':
      return leftWords[state.reason].title + '.'
    case 'unavailable':
      return unavailableWords[state.reason].title + '.'
  }
}

const connectedWords = (unconnected: string) =>
  unconnected ? `You are connected, but not to ${unconnected}.` : 'You are connected.'

/** Alone in the call: who can join, and how. */
export function waitingWords(
  { lastToLeave, signaling }: Extract<CallState, { name: 'waiting' }>,
  locked: boolean,
): Words {
  const isFirst = lastToLeave === undefined
  const title = isFirst ? 'Nobody else is here yet.' : `${lastToLeave || 'The other person'} left.`
  if (signaling !== 'connected') return { title, text: 'Nobody can join until the server is back.' }
  if (!isFirst) {
    const how = locked ? 'ask to join again' : 'rejoin'
    return { title, text: `They can ${how} with the same link.` }
  }
  const then = locked
    ? 'The call is locked, so they must ask to join.'
    : 'The call starts when they join.'
  return { title, text: `Send this link to whoever you want to talk to. ${then}` }
}

/** A note about the connection to the server; undefined while there is one. */
export function signalingWords({ name, signaling }: InCallState): string | undefined {
  if (signaling === 'connected') return undefined
  const problem =
    signaling === 'disconnected' ? 'Can’t reach the server.' : 'The server is restarting.'
  return name === 'talking' ? `${problem} Your call continues.` : `${problem} Trying again.`
}

export const awayWords = 'The other person lost the connection to the server. Your call continues.'

/** Announced when the lock changes. */
export const lockWords = {
  unlocked: 'The call is unlocked. Anyone with the link can join.',
  locked: 'The call is locked. New people must ask to join.',
}

/** Beside the link: what else is needed to join. */
export function inviteWords(locked: boolean, password: boolean): string {
  const who = locked ? 'The call is locked: people with this link must ask to join.' : ''
  const also = password ? 'Everyone needs the password, too. Send it separately from the link.' : ''
  return [who, also].filter(Boolean).join(' ')
}

export const knockWords = (name: string) => `${name || 'Someone'} wants to join.`

export const elsewhereWords =
  'You’re already in this call in another tab. Go back to that tab, or continue here: the call then moves to this tab.'

/**
 * The password field, for the creator of the call and for everyone else. `isChosen`:
 * the link is bound to the creator's password.
 */
export function passwordFieldWords(
  isCreator: boolean,
  isChosen: boolean,
): { label: string; hint: string } {
  if (isCreator) {
    return {
      label: 'Choose a password for this call',
      hint: 'A few words are better than one. Everyone who joins needs the password: pass it on separately from the link.',
    }
  }
  const first = isChosen ? '' : ' Whoever joins first sets the password.'
  return {
    label: 'Password for this call',
    hint: `Ask the person who sent you the link.${first}`,
  }
}

/** What was wrong with the password entered; '' if nothing was. */
export function passwordWords(problem: 'none' | 'wrong', wait: number): string {
  if (problem === 'none') return ''
  if (wait === 0) return 'Wrong password. Please try again.'
  return `Too many wrong passwords. Try again in ${Math.ceil(wait)} seconds.`
}

export const lockedWords: Words = {
  title: 'Someone locked this call',
  text: 'Ask to join. The others see your request, with your name if you enter one.',
}

export const knockingWords: Words = {
  title: 'Asking to join',
  text: 'Someone locked this call. The others can see your request, and you’ll join as soon as one of them admits you.',
}

export const deniedWords: Words = {
  title: 'Your request was declined',
  text: 'Contact them another way, or ask again.',
}

export const tamperedWords: Words = {
  title: 'This call may have been tampered with',
  text: 'The connection was changed on the way, your links are different, or one page is out of date. So it was closed. Reload both pages. If that doesn’t help, ask for the link again, or use another server.',
}

/** What is wrong with the media connection; undefined if nothing is. */
export function mediaConnectionWords(
  media: MediaConnection | 'rejected',
  relay: RelayAvailability,
): Words | undefined {
  if (media === 'rejected') return tamperedWords
  if (media === 'reconnecting') {
    return { title: 'Reconnecting', text: 'The connection was interrupted. Trying to restore it.' }
  }
  if (media !== 'failing') return undefined
  return {
    title: 'Can’t connect',
    text:
      relay === 'none'
        ? 'Your networks block a direct connection, and this server has no relay (TURN) to help. Another network, such as a phone hotspot, may work.'
        : 'Audio and video can’t get through. A firewall or VPN may be blocking them. Another network may work.',
  }
}

/** `refused`: what the server says if it does not serve pages of this origin. */
export function unreachableWords(refused?: string): Words {
  if (refused) {
    return {
      title: 'The server refuses this page',
      text: `${refused}. Its operator can change that.`,
    }
  }
  return {
    title: 'Can’t reach the server',
    text: 'You’ll join automatically when it’s back. Please check your internet connection, too.',
  }
}

export const fullWords: Record<'seats' | 'rooms' | 'tries', Words> = {
  seats: {
    title: 'This call is full',
    text: 'Try again when someone has left, or start your own call.',
  },
  rooms: {
    title: 'The server is full',
    text: 'It can’t take another call right now. Please try again later.',
  },
  tries: {
    title: 'Too many people are trying to join',
    text: 'Please try again in a minute.',
  },
}

export const leftWords: Record<'hung-up' | 'moved', Words> = {
  'hung-up': {
    title: 'You left the call',
    text: 'Your camera and microphone are off. The link still works, for you and for others.',
  },
  moved: {
    title: 'The call moved to another tab',
    text: 'You joined from another tab of this browser. Rejoin to continue here.',
  },
}

export const unavailableWords: Record<UnavailableReason, Words> = {
  'link-too-long': {
    title: 'This link doesn’t work',
    text: 'It is too long. Ask for the link again, or start your own call.',
  },
  'link-damaged': {
    title: 'This link is damaged',
    text: 'Part of it is missing, or a program changed it on its way. Ask for the link again, or start your own call. If you made up the name yourself, try it in lower case.',
  },
  'link-rejected': {
    title: 'The server doesn’t accept this link',
    text: 'Ask for the link again, or start your own call.',
  },
  'page-insecure': {
    title: 'This call needs a secure page',
    text: 'Browsers can check its key or password on https pages only. Open the link with https:// at the start.',
  },
  'page-incomplete': {
    title: 'This page is not complete',
    text: 'A part of it could not be loaded. Check your network, and reload the page.',
  },
  'browser-unsupported': {
    title: 'This browser can’t make calls',
    text: 'It doesn’t support WebRTC, or WebRTC is turned off. Open the link in a current version of Chrome, Edge, Firefox or Safari.',
  },
}

function sentences(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ')
}
