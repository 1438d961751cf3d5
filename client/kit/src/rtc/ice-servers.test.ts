import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IceServers, readIceServers } from './ice-servers.ts'

const stun = { urls: 'stun:stun.example:3478' }
const turn = { urls: 'turn:turn.example', username: '1:CHATSERVICE', credential: 'x' }

const responding =
  (body: unknown, status = 200) =>
  async () =>
    Response.json(body, { status })

beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined))
afterEach(() => vi.restoreAllMocks())

describe('ICE servers', () => {
  it('are fetched again unless they are fresh', async () => {
    const fetch = vi.fn(responding({ iceServers: [turn, stun] }))
    let now = 0
    const servers = new IceServers(fetch, () => now)
    expect(await servers.fresh()).toEqual([turn, stun])
    now = 4999
    expect(await servers.fresh()).toEqual([turn, stun])
    expect(fetch).toHaveBeenCalledTimes(1)
    now = 5000
    await servers.fresh()
    expect(fetch).toHaveBeenCalledTimes(2)
    expect(fetch).toHaveBeenCalledWith(
      '/turn-server-config',
      expect.objectContaining({ cache: 'no-store' }),
    )
  })

  it('come with the wish for reports about calls, which is told to those who asked before', async () => {
    const asked = async (body: object) => {
      const servers = new IceServers(responding({ iceServers: [], ...body }))
      let isAsked = false
      void servers.callStats.then(() => (isAsked = true))
      await servers.fresh()
      return isAsked
    }
    expect(await asked({})).toBe(false)
    expect(await asked({ callStats: true })).toBe(true)
  })

  it('are asked for again if the first answer was lost, since it says whether reports are wanted', async () => {
    const fetch = vi.fn(responding({ iceServers: [turn], callStats: true }))
    fetch.mockRejectedValueOnce(new TypeError('offline'))
    const servers = new IceServers(fetch)
    await servers.fresh()
    servers.update([stun])
    await servers.callStats
    expect(fetch).toHaveBeenCalledTimes(2)
    servers.update([stun])
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('are fetched once for all who need them at the same time', async () => {
    const fetch = vi.fn(responding({ iceServers: [turn] }))
    let now = 0
    const servers = new IceServers(fetch, () => now)
    const all = await Promise.all([servers.fresh(), servers.current(), servers.fresh()])
    expect(all).toEqual([[turn], [turn], [turn]])
    expect(fetch).toHaveBeenCalledTimes(1)
    now = 5000
    await servers.fresh()
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['no response', () => Promise.reject(new TypeError('offline'))],
    ['an error', responding({ iceServers: [stun] }, 500)],
    ['something else', responding({ hello: 1 })],
    ['no JSON', async () => new Response('<html>')],
  ])('are none after %s, without an error', async (_, fetch) => {
    expect(await new IceServers(fetch).fresh()).toEqual([])
  })

  it('stay those of the last good response', async () => {
    const fetch = vi.fn(responding({ iceServers: [turn] }))
    let now = 0
    const servers = new IceServers(fetch, () => now)
    await servers.fresh()
    now = 5000
    fetch.mockRejectedValueOnce(new TypeError('offline'))
    expect(await servers.fresh()).toEqual([turn])
  })

  it.each([
    [[turn, stun], 'available'],
    [[stun], 'none'],
    [[{ urls: ['stun:a', 'turns:b'] }], 'available'],
  ])('show whether there is a relay: %j', async (iceServers, relay) => {
    const servers = new IceServers(responding({ iceServers }))
    expect(servers.relay).toBe('unknown')
    await servers.fresh()
    expect(servers.relay).toBe(relay)
  })

  it('exclude what a browser would reject', () => {
    const odd = [null, 7, {}, { urls: '' }, { urls: 'turn:' }, { urls: [] }, { urls: 'http://x' }]
    expect(readIceServers({ iceServers: [...odd, stun] })).toEqual([stun])
  })
})
