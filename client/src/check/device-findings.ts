/** What the test says of the devices in use. */
import type { DeviceState } from '../media/local-media.svelte.ts'
import type { Finding } from './findings.ts'

export function cameraFinding(camera: DeviceState): Finding {
  if (camera.name === 'missing') return { check: 'camera', result: camera.problem }
  if (camera.name !== 'on') return { check: 'camera', result: camera.name }
  const { width = 0, height = 0 } = camera.track.getSettings()
  return { check: 'camera', result: 'on', width, height }
}

/** `heard`: whether it has heard something since it is on. */
export function microphoneFinding(microphone: DeviceState, heard: boolean): Finding {
  if (microphone.name === 'missing') return { check: 'microphone', result: microphone.problem }
  if (microphone.name !== 'on') return { check: 'microphone', result: microphone.name }
  return { check: 'microphone', result: heard ? 'heard' : 'silent' }
}
