/**
 * Says at once that a part of the page could not be loaded. The words are in the page's HTML,
 * which says them by itself after ten seconds without a page.
 */
export function showIncomplete(): void {
  document.getElementById('incomplete')?.classList.add('surely')
}
