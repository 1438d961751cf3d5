/** Notifications of the system, for a page that is hidden. */
import { brandLogo } from '../ui/brand.ts'
import type { Happening } from './happenings.ts'

/** Whether they can be allowed, are, or were refused. */
export type NotificationState = NotificationPermission | 'unsupported'

export function notificationState(): NotificationState {
  if (typeof Notification !== 'function') return 'unsupported'
  const { permission } = Notification
  // A page in a frame cannot ask for it, whatever it is.
  const canAsk = window.parent === window || permission === 'granted'
  return canAsk ? permission : 'unsupported'
}

/** Asks the user, who has to have pressed something. */
export async function allowNotifications(): Promise<NotificationState> {
  if (notificationState() === 'default') await Notification.requestPermission()
  return notificationState()
}

/** Shows what happened, in the place of what was shown before. */
export function showNotification({ words }: Happening): void {
  if (notificationState() !== 'granted') return
  try {
    const notification = new Notification(words, {
      tag: 'vidchat',
      icon: brandLogo() ?? '/icon-192.png',
    })
    notification.onclick = () => {
      window.focus()
      notification.close()
    }
  } catch {
    // Chrome on Android has notifications of service workers only.
  }
}
