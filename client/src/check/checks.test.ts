import { describe, expect, it, vi } from 'vitest'
import { Checks, type ChecksDeps } from './checks.svelte.ts'
import { checkRelay, checkStun, relaysOf, stunServers, type Relay } from './ice-check.ts'

const secret = { username: 'u', credential: 'c' }
const servers: RTCIceServer[] = [
  { urls: ['turn:turn.example:80?transport=udp', 'turn:turn.example?transport=tcp'], ...secret },
  { urls: 'turns:turn.example?transport=tcp', ...secret },
  { urls: 'stun:stun.example' },
]

function checks(more: Partial<ChecksDeps> = {}): Checks {
  return new Checks({
    hasWebRtc: true,
    isSecure: true,
    iceServers: { fresh: async () => servers, relay: 'available' },
    checkWebSocket: async () => 20,
    checkPolling: async () => undefined,
    checkStun: async () => true,
    checkRelay: async ({ transport }) => transport !== 'udp',
    checkCall: async () => ({ took: 100, picture: false }),
    ...more,
  })
}

const results = ({ findings }: Checks) => findings.map(({ check, result }) => `${check} ${result}`)
const failing = () => Promise.reject(new Error('failed'))

describe('the servers that are tested', () => {
  it('are told from each other by their URLs', () => {
    expect(relaysOf(servers).map(({ transport, port }) => [transport, port])).toEqual([
      ['udp', 80],
      ['tcp', 3478],
      ['tls', 5349],
    ])
    expect(relaysOf(servers)[1]?.server).toEqual({
      urls: 'turn:turn.example?transport=tcp',
      ...secret,
    })
    expect(stunServers(servers)).toEqual([{ urls: 'stun:stun.example' }])
  })
})

describe('a server that the browser rejects', () => {
  const open = () => {
    throw new TypeError('invalid port')
  }

  it('does not answer', async () => {
    expect(await checkStun([{ urls: 'stun:stun.example:port' }], open)).toBe(false)
    expect(await checkRelay(relaysOf(servers)[0] as Relay, open)).toBe(false)
  })
})

describe('the test', () => {
  it('finds what works, each relay by itself', async () => {
    const test = checks()
    const done = test.run(Promise.resolve())
    expect(test.state).toBe('running')
    expect(results(test)).toEqual(['browser able', 'websocket running', 'polling running'])
    await done
    expect(test.state).toBe('done')
    expect(results(test)).toEqual([
      ...['browser able', 'websocket open', 'polling works', 'stun answers'],
      ...['relay silent', 'relay relays', 'relay relays', 'call connected'],
    ])
  })

  it('finds what does not', async () => {
    const test = checks({
      isSecure: false,
      iceServers: { fresh: async () => [], relay: 'unknown' },
      checkWebSocket: failing,
      checkPolling: failing,
      checkCall: failing,
    })
    await test.run(Promise.resolve())
    expect(results(test)).toEqual([
      ...['browser insecure', 'websocket unreachable', 'polling failed'],
      ...['stun unknown', 'relay unknown', 'call failed'],
    ])
  })

  it('tells a server without WebSockets from one that is away', async () => {
    const test = checks({
      checkWebSocket: failing,
      iceServers: { fresh: async () => [], relay: 'none' },
    })
    await test.run(Promise.resolve())
    expect(results(test)).toEqual([
      ...['browser able', 'websocket failed', 'polling works'],
      ...['stun none', 'relay none', 'call connected'],
    ])
  })

  it('makes no connection in a browser without WebRTC', async () => {
    const checkStun = vi.fn(async () => true)
    const test = checks({ hasWebRtc: false, checkStun })
    await test.run(Promise.resolve())
    expect(results(test)).toEqual(['browser no-webrtc', 'websocket open', 'polling works'])
    expect(checkStun).not.toHaveBeenCalled()
  })

  it('ends also if it could not do all', async () => {
    const test = checks({ checkStun: failing })
    await expect(test.run(Promise.resolve())).rejects.toThrow('failed')
    expect(test.state).toBe('done')
  })

  it('begins anew', async () => {
    const test = checks()
    await test.run(Promise.resolve())
    await test.run(Promise.resolve())
    expect(test.findings).toHaveLength(8)
  })
})
