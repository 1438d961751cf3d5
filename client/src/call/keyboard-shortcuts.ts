/**
 * Keyboard shortcuts: M mutes, V turns the camera off, Space unmutes while it is held.
 * The call has others: see InCall.svelte.
 */
import type { LocalMedia } from '../media/local-media.svelte.ts'

/** Elements that handle keys themselves. */
const KEY_HANDLERS = 'input, select, textarea, [contenteditable], dialog[open] *'

/** Handles shortcuts until the returned function is called. */
export function handleShortcuts(target: Window, media: LocalMedia): () => void {
  let pushToTalk = false

  function onKeyDown(event: KeyboardEvent): void {
    if (!isShortcut(event)) {
      if (pushToTalk && event.code === 'Space') event.preventDefault()
      return
    }
    if (event.code === 'Space') return startPushToTalk(event)
    const letter = letterOf(event)
    if (letter === 'm') toggle('microphone')
    if (letter === 'v') toggle('camera')
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

/** Reports whether a key may be a shortcut of the page: without a modifier, and for no focused element. */
export function isShortcut(event: KeyboardEvent): boolean {
  const { ctrlKey, metaKey, altKey, repeat } = event
  return !(ctrlKey || metaKey || altKey || repeat || isForFocusedElement(event))
}

/**
 * The Latin letter that is pressed. On a layout of another script, it is the one
 * that is usually printed beside the other letter on the same key.
 */
export function letterOf({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): string {
  const isOfOtherScript = /^\p{Letter}$/u.test(key) && !/\p{Script=Latin}/u.test(key)
  return (isOfOtherScript ? code.replace(/^Key/, '') : key).toLowerCase()
}

/** Reports whether the focused element handles the key: a field, or a button reached by keyboard. */
function isForFocusedElement(event: KeyboardEvent): boolean {
  const element = event.target
  if (!(element instanceof Element)) return false
  if (element.matches(KEY_HANDLERS)) return true
  const pressable = element.matches('button, a') && element.matches(':focus-visible')
  return event.code === 'Space' && pressable
}
