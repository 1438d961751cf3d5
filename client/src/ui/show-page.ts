import { mount, type Component } from 'svelte'

/**
 * What the page's HTML says until there is a page: after ten seconds by itself, since nobody
 * else could, if a script does not arrive.
 */
const incomplete = document.getElementById('incomplete')

/** Shows a page in place of the words that it is not complete. */
export function showPage<Props extends Record<string, unknown>>(
  page: Component<Props>,
  props: Props,
): void {
  incomplete?.remove()
  mount(page, { target: document.getElementById('app') ?? document.body, props })
}

/** Says at once that a part of the page could not be loaded. */
export function showIncomplete(): void {
  if (!incomplete) return
  incomplete.classList.add('surely')
  document.body.append(incomplete)
}
