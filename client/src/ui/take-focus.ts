/**
 * Moves the focus to a heading that was not there before, as after following a link. In
 * a frame, the focus stays with the page around it if it is there.
 */
export function takeFocus(heading: HTMLElement): void {
  if (window.parent === window || document.hasFocus()) heading.focus()
}
