import type { Attachment } from 'svelte/attachments'

/**
 * Plays a stream in a video element. Phones pause it in the background, so it is
 * played again afterwards. `onBlocked` is called if autoplay is not allowed.
 */
export function attachStream(stream: MediaStream | undefined, onBlocked?: () => void): Attachment {
  return (element) => {
    const video = element as HTMLVideoElement
    video.srcObject = stream ?? null
    if (!stream) return

    const play = () => {
      video.play().catch((error: unknown) => {
        if ((error as { name?: string }).name === 'NotAllowedError') onBlocked?.()
      })
    }
    const page = video.ownerDocument
    const onVisibilityChange = () => {
      if (page.visibilityState === 'visible' && video.paused) play()
    }

    play()
    page.addEventListener('visibilitychange', onVisibilityChange)
    return () => page.removeEventListener('visibilitychange', onVisibilityChange)
  }
}
