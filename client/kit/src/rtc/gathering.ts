import type { Clock } from './clock.ts'

/** How long a description waits for candidates that were gathered before, in ms. */
const POOL_TIME = 10

/** Waits until the candidates of a pool are part of the description. */
export function poolGathered(pc: RTCPeerConnection, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const check = () => pc.iceGatheringState === 'complete' && resolve()
    pc.onicegatheringstatechange = check
    clock.after(POOL_TIME, resolve)
    check()
  })
}
