import type { Attachment } from 'svelte/attachments'

/** Plays a stream in a video element. `onBlocked` is called if autoplay is not allowed. */
export function attachStream(stream: MediaStream | undefined, onBlocked?: () => void): Attachment {
  return (element) => {
    const video = element as HTMLVideoElement
    video.srcObject = stream ?? null
    if (!stream) return
    video.play().catch((error: unknown) => {
      if ((error as { name?: string }).name === 'NotAllowedError') onBlocked?.()
    })
  }
}
