/** A storage of the browser; undefined if the user blocks site data: even reading it throws then. */
export function openStorage(open: () => Storage): Storage | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}
