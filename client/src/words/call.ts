/** The texts for each state of a call: for screen readers, banners and pages. */
import type { CallState, InCallState, MediaConnection, RelayAvailability } from 'vidchat-kit'
import { sentences, t } from '../language/text.ts'
import { passwordWords, unavailableWords } from './lobby.ts'
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
      return t('lobby.status')
    case 'password':
      return passwordWords(state.problem, state.wait) || t('lobby.status-password')
    case 'locked':
      return sentence(lockedWords())
    case 'knocking':
      return sentence(knockingWords())
    case 'denied':
      return sentence(deniedWords())
    case 'entering': {
      if (state.signaling === 'connecting') return sentence(joiningWords())
      const words = unreachableWords(state.refused)
      return sentences(sentence(words), words.text)
    }
    case 'waiting':
      return sentences(waitingWords(state, locked).title, signalingWords(state))
    case 'connecting':
      return sentences(
        mediaConnectionWords(state.media, relay)?.text ??
          sentences(sentence(someoneWords()), someoneWords().text),
        signalingWords(state),
      )
    case 'talking':
      return sentences(
        mediaConnectionWords(state.media, relay)?.text ?? connectedWords(unconnected),
        signalingWords(state) ?? (state.others === 'away' ? awayWords() : undefined),
      )
    case 'full':
      return sentence(fullWords(state.limit))
    case 'left':
      return sentence(leftWords(state.reason))
    case 'unavailable':
      return sentence(unavailableWords(state.reason))
  }
}

/** A title as a sentence. */
const sentence = ({ title }: Words) => t('page.sentence', { title })

const connectedWords = (unconnected: string) =>
  unconnected ? t('state.connected-except', { names: unconnected }) : t('state.connected')

export const joiningWords = (): Words => ({
  title: t('state.joining.title'),
  text: t('state.joining.text'),
})

export const someoneWords = (): Words => ({
  title: t('state.someone.title'),
  text: t('state.someone.text'),
})

/** Alone in the call: who can join, and how. */
export function waitingWords(
  { lastToLeave, signaling }: Extract<CallState, { name: 'waiting' }>,
  locked: boolean,
): Words {
  const title = aloneTitle(lastToLeave)
  if (signaling !== 'connected') return { title, text: t('state.alone.unreachable') }
  const how = lastToLeave === undefined ? 'send' : 'rejoin'
  return { title, text: t(locked ? `state.alone.${how}-locked` : `state.alone.${how}`) }
}

function aloneTitle(lastToLeave: string | undefined): string {
  if (lastToLeave === undefined) return t('state.alone')
  return lastToLeave ? t('state.left', { name: lastToLeave }) : t('state.left-unnamed')
}

/** A note about the connection to the server; undefined while there is one. */
export function signalingWords({ name, signaling }: InCallState): string | undefined {
  if (signaling === 'connected') return undefined
  return t(name === 'talking' ? `state.server.${signaling}-talking` : `state.server.${signaling}`)
}

export const awayWords = () => t('state.away')

/** Announced when the lock changes. */
export const lockWords = (locked: boolean) => t(locked ? 'lock.locked' : 'lock.unlocked')

/** Beside the link: what else is needed to join. */
export const inviteWords = (locked: boolean, password: boolean): string =>
  sentences(locked ? t('lock.invite') : '', password ? t('invite.password') : '')

export const knockWords = (name: string) =>
  name ? t('lock.knock', { name }) : t('lock.knock-unnamed')

const lockedWords = (): Words => ({
  title: t('lock.refused.title'),
  text: t('lock.refused.text'),
})

const knockingWords = (): Words => ({
  title: t('lock.asking.title'),
  text: t('lock.asking.text'),
})

const deniedWords = (): Words => ({
  title: t('lock.denied.title'),
  text: t('lock.denied.text'),
})

export const tamperedWords = (): Words => ({
  title: t('state.rejected.title'),
  text: t('state.rejected.text'),
})

/** What is wrong with the media connection; undefined if nothing is. */
export function mediaConnectionWords(
  media: MediaConnection | 'rejected',
  relay: RelayAvailability,
): Words | undefined {
  if (media === 'rejected') return tamperedWords()
  if (media === 'reconnecting') {
    return { title: t('state.reconnecting.title'), text: t('state.reconnecting.text') }
  }
  if (media !== 'failing') return undefined
  return {
    title: t('state.failing.title'),
    text: t(relay === 'none' ? 'state.failing.no-relay' : 'state.failing.text'),
  }
}

/** `refused`: what the server says if it does not serve pages of this origin. */
export function unreachableWords(refused?: string): Words {
  if (refused) {
    return { title: t('state.refused.title'), text: t('state.refused.text', { reason: refused }) }
  }
  return { title: t('state.unreachable.title'), text: t('state.unreachable.text') }
}

const fullWords = (limit: 'seats' | 'rooms' | 'tries'): Words => ({
  title: t(`end.full-${limit}.title`),
  text: t(`end.full-${limit}.text`),
})

const leftWords = (reason: 'hung-up' | 'moved'): Words => ({
  title: t(`end.${reason}.title`),
  text: t(`end.${reason}.text`),
})

/** What the page says in place of a call. */
export function stoppedWords(state: CallState): Words {
  switch (state.name) {
    case 'full':
      return fullWords(state.limit)
    case 'locked':
      return lockedWords()
    case 'knocking':
      return knockingWords()
    case 'denied':
      return deniedWords()
    default:
      return leftWords(state.name === 'left' ? state.reason : 'hung-up')
  }
}
