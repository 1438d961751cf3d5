import type { Attachment } from 'svelte/attachments'

/**
 * Makes the buttons of a toolbar one stop of the Tab key: the arrow keys, Home and
 * End move between them, as the role `toolbar` promises.
 */
export const rovingFocus: Attachment<HTMLElement> = (toolbar) => {
  /** Those that are shown. */
  const buttons = () => all().filter((button) => button.getClientRects().length > 0)
  const all = () => [...toolbar.querySelectorAll('button')]
  let current: HTMLButtonElement | undefined

  /** Exactly one button has a place in the tab order. */
  function update(): void {
    const shown = buttons()
    if (!current || !shown.includes(current)) current = shown[0]
    for (const button of all()) button.tabIndex = button === current ? 0 : -1
  }

  function onFocus({ target }: FocusEvent): void {
    const button = (target as Element).closest('button')
    if (button) current = button
    update()
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const shown = buttons()
    const index = shown.indexOf(event.target as HTMLButtonElement)
    const isMirrored = getComputedStyle(toolbar).direction === 'rtl'
    const next = nextIndex(event.key, index, shown.length, isMirrored)
    if (next === undefined) return
    event.preventDefault()
    shown[next]?.focus()
  }

  const observer = new MutationObserver(update)
  addEventListener('resize', update) // which may show others
  observer.observe(toolbar, { childList: true, subtree: true })
  toolbar.addEventListener('focusin', onFocus)
  toolbar.addEventListener('keydown', onKeyDown)
  update()
  return () => {
    observer.disconnect()
    removeEventListener('resize', update)
    toolbar.removeEventListener('focusin', onFocus)
    toolbar.removeEventListener('keydown', onKeyDown)
  }
}

/**
 * The toolbar may be horizontal or vertical, so both pairs of arrow keys work. In a
 * language that is written from right to left, the first button is the rightmost one.
 */
export function nextIndex(
  key: string,
  index: number,
  count: number,
  isMirrored: boolean,
): number | undefined {
  if (index < 0) return undefined
  const [forward, back] = isMirrored ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft']
  if (key === forward || key === 'ArrowDown') return (index + 1) % count
  if (key === back || key === 'ArrowUp') return (index + count - 1) % count
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  return undefined
}
