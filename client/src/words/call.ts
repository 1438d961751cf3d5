/** Words for the states of a call: for the live region, banners and pages of their own. */
import type { CallState, InCall, Obstacle } from '../call/state.ts'
import type { Relay } from '../rtc/ice-servers.ts'
import type { Path } from '../rtc/recovery.ts'
import type { Words } from './media.ts'

/** One sentence or two for every state; read out whenever it changes. */
export function stateWords(state: CallState, relay: Relay): string {
  switch (state.name) {
    case 'lobby':
      return 'You are not in the call yet.'
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
      return fullWords.title + '.'
    case 'left':
      return 'You left the call.'
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

/** What is wrong with the way that picture and sound take; undefined while all is well. */
export function pathWords(path: Path, relay: Relay): Words | undefined {
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

export const fullWords: Words = {
  title: 'This call is full',
  text: 'Two people are in it already. Try again when one of them has left, or start a call of your own.',
}

export const leftWords: Words = {
  title: 'You left the call',
  text: 'Camera and microphone are off. The link still works, for you and for the other person.',
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
  'browser-unsupported': {
    title: 'This browser cannot make calls',
    text: 'It lacks WebRTC, or has it switched off. Open the link in a current Chrome, Edge, Firefox or Safari.',
  },
}

function connectingWords(path: Path, relay: Relay): string {
  return pathWords(path, relay)?.text ?? 'Somebody is here. Connecting.'
}

function sentences(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ')
}
