/** Attachments and questions about the page's elements that several views share. */
import type { Attachment } from 'svelte/attachments'

/** Shows a stream in a video element, and tells when the browser refuses its sound. */
export function showing(stream: MediaStream | undefined, refused?: () => void): Attachment {
  return (element) => {
    const video = element as HTMLVideoElement
    video.srcObject = stream ?? null
    if (!stream) return
    video.play().catch((error: unknown) => {
      if ((error as { name?: string }).name === 'NotAllowedError') refused?.()
    })
  }
}
