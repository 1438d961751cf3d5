/** The sites whose pages may control the call. */
import type { Clock } from 'vidchat-kit'

/** The time between two tries to ask the server, in ms. */
const RETRY_DELAY = 3000

/** Asks the server until it answers; a server without such sites has no answer. */
export async function listedOrigins(
  fetch: (path: string) => Promise<Response>,
  clock: Clock,
): Promise<readonly string[]> {
  for (;;) {
    try {
      const response = await fetch('/embed-origins')
      if (response.status === 404) return []
      if (response.ok) return ((await response.json()) as { origins: string[] }).origins
    } catch {
      // The network is gone for a while.
    }
    await new Promise<void>((resolve) => clock.after(RETRY_DELAY, resolve))
  }
}

/**
 * Where the page around us probably comes from: what the browser says of it, if it is
 * listed, or else any of those that are.
 */
export function likelyOrigins(
  listed: readonly string[],
  ancestor: string | undefined,
  referrer: string,
): readonly string[] {
  const known = ancestor ?? originOf(referrer)
  return known !== undefined && listed.includes(known) ? [known] : listed
}

function originOf(url: string): string | undefined {
  try {
    return new URL(url).origin
  } catch {
    return undefined
  }
}
