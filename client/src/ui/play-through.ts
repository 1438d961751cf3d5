import type { Attachment } from 'svelte/attachments'

/** Plays a video’s sound through this speaker; '' is the default one. If it is gone, the current one stays. */
export function playThrough(speaker: string): Attachment {
  return (element) => {
    if ('setSinkId' in element) {
      void (element as HTMLVideoElement).setSinkId(speaker).catch(() => undefined)
    }
  }
}
