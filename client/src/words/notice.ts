/** The texts about what people notice while they look elsewhere. */

export const mutedHintWords = {
  text: 'You’re muted. The others can’t hear you.',
  unmute: 'Unmute',
  never: 'Don’t tell me again',
}

/** On the button for a page whose sound the browser holds back. */
export const playbackWords = 'Turn on sound'

export const noticeSettingsWords = {
  sounds: 'Sounds when someone joins, leaves or asks to join',
  mutedHint: 'Tell me when I talk while muted',
  allow: 'Notify me when this tab is hidden',
  granted: 'You’re notified when this tab is hidden.',
  denied: 'Notifications are blocked. The browser’s settings for this site can allow them.',
}
