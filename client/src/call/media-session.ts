/** Buttons of the browser and the system for a call, such as those of picture in picture. */

type ActionHandlers = Readonly<Record<string, () => void>>

/** Handles these actions until the returned function is called. Browsers know some of them only. */
export function handleMediaActions(
  session: Pick<MediaSession, 'setActionHandler'>,
  handlers: ActionHandlers,
): () => void {
  const known = Object.keys(handlers).filter((action) => set(action, handlers[action]))
  return () => known.forEach((action) => set(action, undefined))

  function set(action: string, handler: (() => void) | undefined): boolean {
    try {
      session.setActionHandler(action as MediaSessionAction, handler ?? null)
      return true
    } catch {
      return false
    }
  }
}
