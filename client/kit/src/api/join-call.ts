import { browserDeps } from '../room/browser-deps.ts'
import { readFragment, type CallLink } from '../room/call-link.ts'
import { SeatStore } from '../signaling/seat-store.ts'
import { openStorage } from '../signaling/storage.ts'
import { CallError } from './call-error.ts'
import { JoinedCall, type RejoinOptions } from './joined-call.ts'

export interface JoinCallOptions extends RejoinOptions {
  /** A link to the call, or only its end, from the `#` on. */
  link: string
  /**
   * The address of the server, such as https://calls.example.com; by default, the page's own.
   * The server has to list the origin of your page in ALLOWED_ORIGINS, if it is another one.
   */
  server?: string
  /** What is sent from the beginning; without it, we only see and hear. */
  media?: MediaStream
}

/**
 * Joins a call. Throws a `CallError` if it cannot even be tried; what goes wrong later is a
 * state of the call.
 */
export function joinCall({ link, server, media, ...options }: JoinCallOptions): JoinedCall {
  const target = linkOf(link)
  if (typeof RTCPeerConnection !== 'function') throw new CallError('browser-unsupported')
  const deps = browserDeps({
    server: originOf(server),
    seats: new SeatStore(openStorage(() => sessionStorage)),
  })
  if ((target.key || target.password) && !deps.subtle) throw new CallError('page-insecure')
  const call = new JoinedCall(target, { ...deps, page: window })
  call.setMedia(media)
  call.join(options)
  return call
}

function linkOf(text: string): CallLink {
  const start = text.indexOf('#')
  const result = readFragment(start < 0 ? '' : text.slice(start))
  if (result.kind === 'none') throw new CallError('link-missing')
  if (result.kind === 'invalid') {
    throw new CallError(result.problem === 'too-long' ? 'link-too-long' : 'link-damaged')
  }
  return result
}

function originOf(server: string | undefined): string | undefined {
  if (server === undefined) return undefined
  try {
    const { protocol, origin } = new URL(server)
    if (/^https?:$/.test(protocol)) return origin
  } catch {
    // It is refused below.
  }
  throw new CallError('server-invalid')
}
