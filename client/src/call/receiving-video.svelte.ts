/** Whether a picture may arrive, as far as the browser can tell from a track. */
import { createSubscriber } from 'svelte/reactivity'

/**
 * `current` is true until the track falls silent. Its `muted` alone says nothing:
 * after an offer was taken back, Chromium leaves it set while media flows.
 */
export function pictureArrives(track: MediaStreamTrack | undefined): { readonly current: boolean } {
  let silenced = false
  const subscribe = createSubscriber((update) => {
    const listening = new AbortController()
    const follow = (event: string, silences: boolean) => {
      const react = () => {
        silenced = silences
        update()
      }
      track?.addEventListener(event, react, { signal: listening.signal })
    }
    follow('mute', true)
    follow('ended', true)
    follow('unmute', false)
    return () => listening.abort()
  })
  return {
    get current() {
      subscribe()
      return track !== undefined && !silenced
    },
  }
}
