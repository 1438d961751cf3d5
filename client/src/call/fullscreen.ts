/** Shows tiles on the full screen. iPhones can do so with a video only. */
import type { Attachment } from 'svelte/attachments'

type PhoneVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void }

export function canFullscreen(): boolean {
  return document.fullscreenEnabled || 'webkitEnterFullscreen' in HTMLVideoElement.prototype
}

/** Shows this tile on the full screen, or the page again. */
export async function toggleFullscreen(tile: Element | null | undefined): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen()
    else if (document.fullscreenEnabled) await tile?.requestFullscreen()
    else tile?.querySelector<PhoneVideo>('video')?.webkitEnterFullscreen?.()
  } catch {
    // The browser does not allow it now.
  }
}

/** Does so at a double click on the tile, but not on its buttons. */
export const fullscreenAtDoubleClick: Attachment = (tile) => {
  const onDoubleClick = ({ target }: Event) => {
    if (!(target as Element).closest('button')) void toggleFullscreen(tile)
  }
  tile.addEventListener('dblclick', onDoubleClick)
  return () => tile.removeEventListener('dblclick', onDoubleClick)
}
