/** The browser's devices. */

export type DeviceKind = 'audioinput' | 'videoinput' | 'audiooutput'

export type Devices = Record<DeviceKind, MediaDeviceInfo[]>

export const NO_DEVICES: Devices = { audioinput: [], videoinput: [], audiooutput: [] }

/** Groups devices by kind, without those the browser does not identify yet. */
export function groupDevices(list: MediaDeviceInfo[]): Devices {
  const identified = list.filter((device) => device.deviceId !== '')
  const ofKind = (kind: DeviceKind) => identified.filter((device) => device.kind === kind)
  return {
    audioinput: ofKind('audioinput'),
    videoinput: ofKind('videoinput'),
    audiooutput: ofKind('audiooutput'),
  }
}
