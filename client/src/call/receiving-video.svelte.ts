import { createSubscriber } from 'svelte/reactivity'

/**
 * Reports whether video arrives on a remote track: `current` is true until the
 * track is muted. The initial value of `muted` is useless, as Chromium leaves it
 * set after a rollback although media flows.
 */
export function receivingVideo(track: MediaStreamTrack | undefined): { readonly current: boolean } {
  let stopped = false
  const subscribe = createSubscriber((update) => {
    const listening = new AbortController()
    const listen = (event: string, stops: boolean) => {
      const onEvent = () => {
        stopped = stops
        update()
      }
      track?.addEventListener(event, onEvent, { signal: listening.signal })
    }
    listen('mute', true)
    listen('ended', true)
    listen('unmute', false)
    return () => listening.abort()
  })
  return {
    get current() {
      subscribe()
      return track !== undefined && !stopped
    },
  }
}
