/** What keys and pastes in the field for a message mean. */

/** Safari says that an input method uses the key only by this code. */
const USED_BY_INPUT_METHOD = 229

/** Enter sends, except while an input method uses it; with Shift, it ends a line. */
export function isSendKey(event: KeyboardEvent): boolean {
  const isUsed = event.isComposing || event.keyCode === USED_BY_INPUT_METHOD
  return event.key === 'Enter' && !event.shiftKey && !isUsed
}

/**
 * The files that are pasted; none if it is text. Cells and paragraphs of office programs come
 * with a picture of them. Files come with a text as well in some systems: their names.
 */
export function pastedFiles(data: DataTransfer | null): File[] {
  const files = [...(data?.files ?? [])]
  const names = new Set(
    files.flatMap(({ name }) => [nameIn(name), nameIn(encodeURIComponent(name))]),
  )
  const lines = (data?.getData('text/plain') ?? '').split(/[\r\n]+/).filter((line) => line !== '')
  return lines.every((line) => names.has(nameIn(line))) ? files : []
}

/** The last part of a path or URL. macOS has two ways to write an accent. */
const nameIn = (line: string) => line.split(/[/\\]/).at(-1)?.normalize('NFC')
