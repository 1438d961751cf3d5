import { afterEach, expect, it, vi } from 'vitest'
import { SeatStore } from '../signaling/seat-store.ts'
import { browserDeps } from './browser-deps.ts'

afterEach(() => vi.unstubAllGlobals())

it.each([
  ['the server of another origin', 'https://calls.example', 'https://calls.example'],
  ['the page’s own server', undefined, ''],
])('ICE servers are asked of %s', async (_, server, origin) => {
  const answer = async () => Response.json({ iceServers: [] })
  const fetch = vi.fn<(path: string) => Promise<Response>>(answer)
  vi.stubGlobal('fetch', fetch)
  await browserDeps({ server, seats: new SeatStore(undefined) }).iceServers.fresh()
  expect(fetch.mock.calls.map(([path]) => path)).toEqual([`${origin}/turn-server-config`])
})
