/** Keys for the call: M mutes, V switches the camera, Space talks while it is held. */
import type { LocalMedia } from '../media/local-media.svelte.ts'

/** Elements that make something of the keys themselves. */
const TYPING = 'input, select, textarea, [contenteditable], dialog[open] *'

/** Listens until the returned function is called. */
export function handleKeys(target: Window, media: LocalMedia): () => void {
  let talking = false

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isBusy(event)) {
      if (talking && event.code === 'Space') event.preventDefault()
      return
    }
    if (event.code === 'Space') return startTalking(event)
    if (event.key === 'm' || event.key === 'M') toggle('microphone')
    if (event.key === 'v' || event.key === 'V') toggle('camera')
  }

  function toggle(device: 'microphone' | 'camera'): void {
    const { name } = media[device]
    if (name === 'asking' || name === 'missing') return
    if (device === 'microphone') void media.setMicrophone(name === 'off')
    else void media.setCamera(name === 'off')
  }

  function startTalking(event: KeyboardEvent): void {
    event.preventDefault()
    if (media.microphone.name !== 'off') return
    talking = true
    void media.setMicrophone(true)
  }

  function onKeyUp(event: KeyboardEvent): void {
    if (event.code !== 'Space' || !talking) return
    event.preventDefault()
    stopTalking()
  }

  function stopTalking(): void {
    if (!talking) return
    talking = false
    void media.setMicrophone(false)
  }

  target.addEventListener('keydown', onKeyDown)
  target.addEventListener('keyup', onKeyUp)
  target.addEventListener('blur', stopTalking)
  return () => {
    stopTalking()
    target.removeEventListener('keydown', onKeyDown)
    target.removeEventListener('keyup', onKeyUp)
    target.removeEventListener('blur', stopTalking)
  }
}

/** Whether the key is meant for what has the focus: a field, or a button reached by keyboard. */
function isBusy(event: KeyboardEvent): boolean {
  const element = event.target
  if (!(element instanceof Element)) return false
  if (element.matches(TYPING)) return true
  const pressable = element.matches('button, a') && element.matches(':focus-visible')
  return event.code === 'Space' && pressable
}
