/** The texts for a page that was opened without a way to the server. */
export const offlineWords = {
  offline: 'You’re offline.',
  lost: 'Can’t reach the server. Please check your internet connection.',
  /** On the landing page. */
  start: 'You can still open a call: it begins when the connection is back.',
  /** Before joining. */
  join: 'You can already join: the call begins when the connection is back.',
}
