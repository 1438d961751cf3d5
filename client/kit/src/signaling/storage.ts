/**
 * A storage of the browser, or a channel between its tabs; undefined if the user blocks site
 * data: even reading it throws then.
 */
export function openStorage<Opened = Storage>(open: () => Opened): Opened | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}
