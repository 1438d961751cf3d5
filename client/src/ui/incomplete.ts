/** Says that a part of the page could not be loaded, by the words that its HTML has for that. */
export function showIncomplete(): void {
  document.getElementById('incomplete')?.removeAttribute('hidden')
}
