import type { Attachment } from 'svelte/attachments'

/** Places an element at a box, in pixels; without one its stylesheet does. */
export function place(
  box: Record<'left' | 'top' | 'width' | 'height', number> | undefined,
): Attachment {
  return (element) => {
    const { style } = element as HTMLElement
    if (!box) return
    for (const [side, length] of Object.entries(box)) style.setProperty(side, `${length}px`)
    return () => {
      for (const side of Object.keys(box)) style.removeProperty(side)
    }
  }
}
