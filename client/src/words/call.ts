/** Words for the states of a call: for the live region, banners and pages of their own. */
import type { Door } from '../room/waiting-room.ts'
import type { CallState, InCall, Obstacle } from '../room/call-state.ts'
import type { Relay } from '../rtc/ice-servers.ts'
import type { Path } from '../rtc/recovery.ts'
import type { Words } from './media.ts'

/** One sentence or two for every state; read out whenever it changes. */
export function stateWords(state: CallState, relay: Relay): string {
  switch (state.name) {
    case 'lobby':
      return 'You are not in the call yet.'
    case 'password':
      return passwordWords(state.problem, state.wait) || 'This call has a password.'
    case 'locked':
      return lockedWords.title + '.'
    case 'knocking':
      return knockingWords.title + '.'
    case 'denied':
      return deniedWords.title + '.'
    case 'entering':
      return state.server === 'dialing' ? 'Joining the call.' : unreachableWords.text
    case 'waiting':
      return sentences(waitingWords(state.since).title, lineWords(state))
    case 'connecting':
      return sentences(connectingWords(state.path, relay), lineWords(state))
    case 'talking':
      return sentences(
        state.path === 'open' ? 'You are connected.' : pathWords(state.path, relay)?.text,
        lineWords(state) ?? (state.other === 'away' ? awayWords : undefined),
      )
    case 'full':
      return fullWords[state.of].title + '.'
    case 'left':
      return leftWords[state.why].title + '.'
    case 'impossible':
      return obstacleWords[state.obstacle].title + '.'
  }
}

export function waitingWords(since: 'start' | 'left'): Words {
  return since === 'start'
    ? {
        title: 'Nobody else is here yet.',
        text: 'Send this link to the one you want to talk to. The call begins as soon as they open it.',
      }
    : {
        title: 'The other person left.',
        text: 'You can stay: the call goes on when they come back through the same link.',
      }
}

/** A calm note about the server; undefined while all is well. */
export function lineWords({ name, line }: InCall): string | undefined {
  if (line === 'up') return undefined
  const what = line === 'down' ? 'The server cannot be reached.' : 'The server is restarting.'
  return name === 'talking' ? `${what} Your call goes on.` : `${what} Trying again.`
}

export const awayWords = 'The other person has lost the server. The call goes on.'

/** Read out when the lock changes. */
export const doorWords: Record<Door, string> = {
  open: '',
  locked: 'The call is locked. Newcomers have to knock.',
  relocking: '',
}

export const knockWords = (name: string) =>
  name === '' ? 'Somebody asks to be let in.' : `${name} asks to be let in.`

/** What is to be said of a password that was tried; '' if there is nothing. */
export function passwordWords(problem: 'none' | 'wrong', wait: number): string {
  if (problem === 'none') return ''
  if (wait === 0) return 'That is not the password of this call.'
  return `There were too many wrong passwords. Try again in ${Math.ceil(wait)} seconds.`
}

export const lockedWords: Words = {
  title: 'This call is locked',
  text: 'Those inside have locked the door. You can ask to be let in; they see your name, if you give one.',
}

export const knockingWords: Words = {
  title: 'Waiting to be let in',
  text: 'Those inside see that you are at the door. You join as soon as one of them lets you in.',
}

export const deniedWords: Words = {
  title: 'You were not let in',
  text: 'Somebody inside said no. Ask them in another way, or try once more.',
}

export const tamperedWords: Words = {
  title: 'This call was tampered with',
  text: 'What arrived is not what the other side sent: somebody between you changed it, or has another link. Nothing of yours was sent to them. Ask for the link again, or meet on another server.',
}

/** What is wrong with the way that picture and sound take; undefined while all is well. */
export function pathWords(path: Path | 'refused', relay: Relay): Words | undefined {
  if (path === 'refused') return tamperedWords
  if (path === 'interrupted') {
    return {
      title: 'Reconnecting',
      text: 'The connection is interrupted. Looking for another way.',
    }
  }
  if (path !== 'failing') return undefined
  return {
    title: 'No way through',
    text:
      relay === 'none'
        ? 'Your networks do not let you reach each other directly, and this server has no relay (TURN) to help out. Another network may do, such as a phone’s hotspot.'
        : 'Picture and sound do not get through. A firewall or VPN may be in the way; another network may do.',
  }
}

export const unreachableWords: Words = {
  title: 'The server does not answer',
  text: 'The server cannot be reached. You join by yourself as soon as it can; check your own connection meanwhile.',
}

export const fullWords: Record<'seats' | 'rooms', Words> = {
  seats: {
    title: 'This call is full',
    text: 'Every seat in it is taken. Try again when somebody has left, or start a call of your own.',
  },
  rooms: {
    title: 'The server has too many calls',
    text: 'It takes no further one at the moment. Try again a little later.',
  },
}

export const leftWords: Record<'hung-up' | 'moved', Words> = {
  'hung-up': {
    title: 'You left the call',
    text: 'Camera and microphone are off. The link still works, for you and for the others.',
  },
  moved: {
    title: 'The call goes on elsewhere',
    text: 'Another tab of this browser took your seat. Rejoin to have the call here again.',
  },
}

export const obstacleWords: Record<Obstacle, Words> = {
  'room-unusable': {
    title: 'This link leads nowhere',
    text: 'Its code is too long to be one of ours. Ask for the link again, or start a call of your own.',
  },
  'room-refused': {
    title: 'The server does not take this code',
    text: 'It cannot use the code in this link. Ask for the link again, or start a call of your own.',
  },
  insecure: {
    title: 'This call needs a secure page',
    text: 'Browsers check the key of a call on https pages only. Open this link with https:// in front.',
  },
  'browser-unsupported': {
    title: 'This browser cannot make calls',
    text: 'It lacks WebRTC, or has it switched off. Open the link in a current Chrome, Edge, Firefox or Safari.',
  },
}

function connectingWords(path: Path | 'refused', relay: Relay): string {
  return pathWords(path, relay)?.text ?? 'Somebody is here. Connecting.'
}

function sentences(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ')
}
