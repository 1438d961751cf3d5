import { beforeEach, expect, it, vi } from 'vitest'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { asPeerConnection, FakePeerConnection } from '../../testing/fake-peer-connection.ts'
import { IceServers } from './ice-servers.ts'
import { SpareConnection } from './spare-connection.ts'

const ready = Promise.resolve()
const MINUTE = 60_000
let made: FakePeerConnection[]
let pools: (number | undefined)[]
let clock: FakeClock
let fetches: number
let serverGone: boolean
let spare: SpareConnection

beforeEach(() => {
  made = []
  pools = []
  fetches = 0
  serverGone = false
  clock = new FakeClock()
  spare = new SpareConnection({
    createPeerConnection: (servers, pool) => {
      pools.push(pool)
      made.push(new FakePeerConnection(servers))
      return asPeerConnection(made.at(-1) as FakePeerConnection)
    },
    iceServers: new IceServers(
      async () => {
        fetches++
        if (serverGone) throw new TypeError('no network')
        return Response.json({ iceServers: [{ urls: 'stun:a' }] })
      },
      () => 0,
    ),
    clock,
  })
})

const states = () => made.map(({ connectionState }) => connectionState)

it('gathers candidates with the servers of the server, once', async () => {
  await Promise.all([spare.prepare(ready), spare.prepare(ready)])
  await spare.prepare(ready)
  expect(made.map(({ configuration }) => configuration.iceServers)).toEqual([[{ urls: 'stun:a' }]])
  expect(pools).toEqual([1])
})

it('is made once the user has answered the browser’s question', async () => {
  let answer: () => void = () => undefined
  void spare.prepare(new Promise((resolve) => (answer = resolve)))
  await settle()
  expect(made).toHaveLength(0)
  answer()
  await settle()
  expect(made).toHaveLength(1)
})

it('belongs to whoever takes it', async () => {
  await spare.prepare(ready)
  expect(spare.take()).toBe(made[0])
  expect(spare.take()).toBeUndefined()
  spare.drop()
  await clock.advance(10 * MINUTE)
  expect(states()).toEqual(['new'])
})

it('is closed if nobody needs it for three minutes', async () => {
  await spare.prepare(ready)
  await clock.advance(2 * MINUTE)
  await spare.prepare(ready)
  await clock.advance(2 * MINUTE)
  expect(states()).toEqual(['new'])
  await clock.advance(MINUTE)
  expect(states()).toEqual(['closed'])
  await spare.prepare(ready)
  expect(states()).toEqual(['closed', 'new'])
})

it('is not made after it was dropped', async () => {
  const preparing = spare.prepare(ready)
  spare.drop()
  await preparing
  expect(made).toHaveLength(0)
})

it('is made anew for somebody who stays in the lobby for long', async () => {
  await spare.prepare(ready)
  for (let minute = 0; minute < 31; minute++) {
    await clock.advance(MINUTE)
    await spare.prepare(ready)
  }
  expect(states()).toEqual(['closed', 'new'])
})

it('is not made without the servers’ names, and the server is asked rarely', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  serverGone = true
  for (let moves = 0; moves < 50; moves++) await spare.prepare(ready)
  expect([made.length, fetches]).toEqual([0, 1])
  serverGone = false
  await clock.advance(10_000)
  await spare.prepare(ready)
  expect([made.length, fetches]).toEqual([1, 2])
})
