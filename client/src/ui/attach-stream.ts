import type { Attachment } from 'svelte/attachments'

/**
 * Plays a stream in a video element. Phones pause it in the background, so it is
 * played again afterwards. `onBlocked` is told if autoplay is not allowed, and when it
 * plays after all, or need not any more.
 */
export function attachStream(
  stream: MediaStream | undefined,
  onBlocked: (blocked: boolean) => void = () => undefined,
): Attachment {
  return (element) => {
    const video = element as HTMLVideoElement
    video.srcObject = stream ?? null
    if (!stream) return

    const play = () => {
      video.play().catch((error: unknown) => {
        if ((error as { name?: string }).name === 'NotAllowedError') onBlocked(true)
      })
    }
    const page = video.ownerDocument
    const onVisibilityChange = () => {
      if (page.visibilityState === 'visible' && video.paused) play()
    }

    const onPlaying = () => onBlocked(false)

    play()
    page.addEventListener('visibilitychange', onVisibilityChange)
    video.addEventListener('playing', onPlaying)
    return () => {
      page.removeEventListener('visibilitychange', onVisibilityChange)
      video.removeEventListener('playing', onPlaying)
      onBlocked(false)
    }
  }
}
