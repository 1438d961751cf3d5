/** Whether a picture arrives, as far as the browser can tell from a track. */
import { createSubscriber } from 'svelte/reactivity'

/** `current` is true while the track brings something. */
export function pictureArrives(track: MediaStreamTrack | undefined): { readonly current: boolean } {
  const subscribe = createSubscriber((update) => {
    const listening = new AbortController()
    for (const event of ['mute', 'unmute', 'ended']) {
      track?.addEventListener(event, update, { signal: listening.signal })
    }
    return () => listening.abort()
  })
  return {
    get current() {
      subscribe()
      return track?.readyState === 'live' && !track.muted
    },
  }
}
