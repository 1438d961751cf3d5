import { beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../testing/fake-clock.ts'
import type { Role } from './peer-options.ts'
import { ANSWERER_DELAY, CONNECT_TIMEOUT, DISCONNECTED_TIMEOUT, Recovery } from './recovery.ts'

let clock: FakeClock
let state: RTCPeerConnectionState
const changed = vi.fn()
const restartIce = vi.fn()

function newRecovery(role: Role = 'offerer'): Recovery {
  return new Recovery(clock, role, { state: () => state, changed, restartIce })
}

function enterState(recovery: Recovery, now: RTCPeerConnectionState): void {
  state = now
  recovery.onStateChange(now)
}

beforeEach(() => {
  clock = new FakeClock()
  state = 'new'
  changed.mockClear()
  restartIce.mockClear()
})

describe('ICE restarts', () => {
  it('at once when the connection failed', async () => {
    const recovery = newRecovery()
    enterState(recovery, 'connected')
    enterState(recovery, 'failed')
    await clock.advance(0)
    expect(restartIce).toHaveBeenCalledTimes(1)
    expect(changed.mock.calls).toEqual([['connected'], ['reconnecting']])
  })

  it('after four seconds of being disconnected', async () => {
    const recovery = newRecovery()
    enterState(recovery, 'connected')
    enterState(recovery, 'disconnected')
    await clock.advance(DISCONNECTED_TIMEOUT - 1)
    expect(restartIce).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(restartIce).toHaveBeenCalledTimes(1)
  })

  it('not if the connection comes back in time', async () => {
    const recovery = newRecovery()
    enterState(recovery, 'connected')
    enterState(recovery, 'disconnected')
    enterState(recovery, 'connected')
    await clock.advance(60_000)
    expect(restartIce).not.toHaveBeenCalled()
    expect(changed).toHaveBeenLastCalledWith('connected')
  })

  it('a little later on the answerer’s side', async () => {
    const recovery = newRecovery('answerer')
    enterState(recovery, 'failed')
    await clock.advance(ANSWERER_DELAY - 1)
    expect(restartIce).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(restartIce).toHaveBeenCalledTimes(1)
  })

  it('when the network changes, and only once if that helped', async () => {
    const recovery = newRecovery()
    enterState(recovery, 'connected')
    recovery.restartNow()
    expect(restartIce).toHaveBeenCalledTimes(1)
    await clock.advance(60_000)
    expect(restartIce).toHaveBeenCalledTimes(1)
    expect(changed.mock.calls).toEqual([['connected']])
  })
})

describe('a connection that is not established', () => {
  it('counts as failing, and is tried again and again', async () => {
    newRecovery()
    await clock.advance(CONNECT_TIMEOUT)
    expect(changed).toHaveBeenLastCalledWith('failing')
    await clock.advance(2 * CONNECT_TIMEOUT)
    expect(restartIce).toHaveBeenCalledTimes(3)
  })

  it('counts as failing as well if it was connected before', async () => {
    const recovery = newRecovery()
    enterState(recovery, 'connected')
    enterState(recovery, 'failed')
    await clock.advance(CONNECT_TIMEOUT)
    expect(changed.mock.calls).toEqual([['connected'], ['reconnecting'], ['failing']])
  })

  it('is not tried again after the call', async () => {
    newRecovery().stop()
    await clock.advance(60_000)
    expect(restartIce).not.toHaveBeenCalled()
  })
})
