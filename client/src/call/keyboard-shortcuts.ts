/** Keyboard shortcuts: M mutes, V turns the camera off, Space unmutes while it is held. */
import type { LocalMedia } from '../media/local-media.svelte.ts'

/** Elements that handle keys themselves. */
const KEY_HANDLERS = 'input, select, textarea, [contenteditable], dialog[open] *'

/** Handles shortcuts until the returned function is called. */
export function handleShortcuts(target: Window, media: LocalMedia): () => void {
  let pushToTalk = false

  function onKeyDown(event: KeyboardEvent): void {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.repeat ||
      isForFocusedElement(event)
    ) {
      if (pushToTalk && event.code === 'Space') event.preventDefault()
      return
    }
    if (event.code === 'Space') return startPushToTalk(event)
    if (event.key === 'm' || event.key === 'M') toggle('microphone')
    if (event.key === 'v' || event.key === 'V') toggle('camera')
  }

  function toggle(device: 'microphone' | 'camera'): void {
    const { name } = media[device]
    if (name === 'asking' || name === 'missing') return
    if (device === 'microphone') void media.setMicrophone(name === 'off')
    else void media.setCamera(name === 'off')
  }

  function startPushToTalk(event: KeyboardEvent): void {
    event.preventDefault()
    if (media.microphone.name !== 'off') return
    pushToTalk = true
    void media.setMicrophone(true)
  }

  function onKeyUp(event: KeyboardEvent): void {
    if (event.code !== 'Space' || !pushToTalk) return
    event.preventDefault()
    stopPushToTalk()
  }

  function stopPushToTalk(): void {
    if (!pushToTalk) return
    pushToTalk = false
    void media.setMicrophone(false)
  }

  target.addEventListener('keydown', onKeyDown)
  target.addEventListener('keyup', onKeyUp)
  target.addEventListener('blur', stopPushToTalk)
  return () => {
    stopPushToTalk()
    target.removeEventListener('keydown', onKeyDown)
    target.removeEventListener('keyup', onKeyUp)
    target.removeEventListener('blur', stopPushToTalk)
  }
}

/** Reports whether the focused element handles the key: a field, or a button reached by keyboard. */
function isForFocusedElement(event: KeyboardEvent): boolean {
  const element = event.target
  if (!(element instanceof Element)) return false
  if (element.matches(KEY_HANDLERS)) return true
  const pressable = element.matches('button, a') && element.matches(':focus-visible')
  return event.code === 'Space' && pressable
}
