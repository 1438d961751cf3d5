/** The texts before a call, which are loaded with the page. */
import type { UnavailableReason } from 'vidchat-kit'
import { t } from '../language/text.ts'
import type { Words } from './media.ts'

/** Before joining: what others will see and hear of us, but do not yet. */
export function privacyWords(hasCamera: boolean, hasMicrophone: boolean): string {
  if (hasCamera && hasMicrophone) return t('lobby.privacy.both')
  if (hasCamera) return t('lobby.privacy.camera')
  return t(hasMicrophone ? 'lobby.privacy.microphone' : 'lobby.privacy.none')
}

/**
 * The password field, for the creator of the call and for everyone else. `isChosen`:
 * the link is bound to the creator's password.
 */
export function passwordFieldWords(
  isCreator: boolean,
  isChosen: boolean,
): { label: string; hint: string } {
  if (isCreator) {
    return { label: t('lobby.password.choose'), hint: t('lobby.password.choose-hint') }
  }
  return {
    label: t('lobby.password.enter'),
    hint: t(isChosen ? 'lobby.password.enter-hint' : 'lobby.password.first-hint'),
  }
}

/** What was wrong with the password entered; '' if nothing was. */
export function passwordWords(problem: 'none' | 'wrong', wait: number): string {
  if (problem === 'none') return ''
  if (wait === 0) return t('lobby.password.wrong')
  return t('lobby.password.wait', { seconds: Math.ceil(wait) })
}

export const unavailableWords = (reason: UnavailableReason): Words => ({
  title: t(`unavailable.${reason}.title`),
  text: t(`unavailable.${reason}.text`),
})
