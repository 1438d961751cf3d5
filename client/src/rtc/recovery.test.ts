import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ManualClock } from '../testing/fake-clock.ts'
import type { Role } from './peer.ts'
import { COURTESY, DISCONNECTED_FOR, OPENS_WITHIN, Recovery } from './recovery.ts'

let clock: ManualClock
let state: RTCPeerConnectionState
const path = vi.fn()
const restart = vi.fn()

function recovery(role: Role = 'offers'): Recovery {
  return new Recovery(clock, role, { state: () => state, path, restart })
}

function observe(watch: Recovery, now: RTCPeerConnectionState): void {
  state = now
  watch.observe(now)
}

beforeEach(() => {
  clock = new ManualClock()
  state = 'new'
  path.mockClear()
  restart.mockClear()
})

describe('a new path is looked for', () => {
  it('at once when the old one failed', async () => {
    const watch = recovery()
    observe(watch, 'connected')
    observe(watch, 'failed')
    await clock.advance(0)
    expect(restart).toHaveBeenCalledTimes(1)
    expect(path.mock.calls).toEqual([['open'], ['interrupted']])
  })

  it('after four seconds without it', async () => {
    const watch = recovery()
    observe(watch, 'connected')
    observe(watch, 'disconnected')
    await clock.advance(DISCONNECTED_FOR - 1)
    expect(restart).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(restart).toHaveBeenCalledTimes(1)
  })

  it('not when it comes back in time', async () => {
    const watch = recovery()
    observe(watch, 'connected')
    observe(watch, 'disconnected')
    observe(watch, 'connected')
    await clock.advance(60_000)
    expect(restart).not.toHaveBeenCalled()
    expect(path).toHaveBeenLastCalledWith('open')
  })

  it('a little later by the side that answers', async () => {
    const watch = recovery('answers')
    observe(watch, 'failed')
    await clock.advance(COURTESY - 1)
    expect(restart).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(restart).toHaveBeenCalledTimes(1)
  })

  it('when the network changes, and once only if that helped', async () => {
    const watch = recovery()
    observe(watch, 'connected')
    watch.nudge()
    expect(restart).toHaveBeenCalledTimes(1)
    await clock.advance(60_000)
    expect(restart).toHaveBeenCalledTimes(1)
    expect(path.mock.calls).toEqual([['open']])
  })
})

describe('a path that does not open', () => {
  it('is called failing, and tried again and again', async () => {
    recovery()
    await clock.advance(OPENS_WITHIN)
    expect(path).toHaveBeenLastCalledWith('failing')
    await clock.advance(2 * OPENS_WITHIN)
    expect(restart).toHaveBeenCalledTimes(3)
  })

  it('is called failing too when it was open once', async () => {
    const watch = recovery()
    observe(watch, 'connected')
    observe(watch, 'failed')
    await clock.advance(OPENS_WITHIN)
    expect(path.mock.calls).toEqual([['open'], ['interrupted'], ['failing']])
  })

  it('is left alone after the call', async () => {
    recovery().stop()
    await clock.advance(60_000)
    expect(restart).not.toHaveBeenCalled()
  })
})
