import { fragmentOf, newCallLink } from '../room/call-link.ts'
import { CallTrust } from '../room/call-trust.ts'
import { PasswordStore } from '../room/password-store.ts'
import { CallError } from './call-error.ts'

/** What the link of a new call is made of. */
export interface LinkOptions {
  /** The address of the page that shows the call, also relative to this page; by default, this page. */
  page?: string | undefined
  /** Whoever joins has to know it. The link alone does not open the call then. */
  password?: string | undefined
}

/**
 * Makes the link of a new call. It names a room, and holds a key that the server never
 * sees: it proves that the connections lead to people who have the link. Nothing is sent.
 */
export async function createLink(options: LinkOptions = {}): Promise<string> {
  const { page, password = '' } = options
  // Undefined on insecure pages, whatever its type says.
  const subtle = crypto.subtle as SubtleCrypto | undefined
  if (!subtle) throw new CallError('page-insecure')
  const draft = newCallLink({ random: crypto, password: password !== '', secure: true })
  const trust = new CallTrust(subtle, new PasswordStore(undefined))
  const link = draft.password ? (await trust.tryPassword(draft, password)).link : draft
  const url = new URL(page ?? '', location.href)
  url.hash = fragmentOf(link)
  return url.href
}
