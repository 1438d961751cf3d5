/** Finds out what the password of a call opens, as far as the link shows it. */
import { derivePasswordKeys, type PasswordKeys } from '../trust/password.ts'
import { passwordPrefix, type CallLink } from './call-link.ts'

export interface PasswordTry extends PasswordKeys {
  /** The link that the password opens, which is no draft any more. */
  link: CallLink
  /** Whether the link shows that the password is wrong. Links of an older form never do. */
  isWrong: boolean
}

export async function tryPassword(
  subtle: SubtleCrypto | undefined,
  link: CallLink,
  password: string,
): Promise<PasswordTry> {
  const keys = await derivePasswordKeys(subtle, password, { ...link, prefix: passwordPrefix(link) })
  const { draft, room } = link
  const completed = { ...link, room: keys.room, draft: false }
  return { ...keys, link: completed, isWrong: !draft && keys.room !== room }
}
