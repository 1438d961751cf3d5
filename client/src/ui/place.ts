import type { Attachment } from 'svelte/attachments'

/** Properties of a box, in the words of CSS. */
const PROPERTIES = {
  start: 'inset-inline-start',
  top: 'top',
  width: 'width',
  height: 'height',
} as const

type Side = keyof typeof PROPERTIES

/** Places an element at a box, in pixels; without one its stylesheet does. */
export function place(box: Record<Side, number> | undefined): Attachment {
  return (element) => {
    const { style } = element as HTMLElement
    if (!box) return
    for (const side of Object.keys(PROPERTIES) as Side[]) {
      style.setProperty(PROPERTIES[side], `${box[side]}px`)
    }
    return () => {
      for (const property of Object.values(PROPERTIES)) style.removeProperty(property)
    }
  }
}
