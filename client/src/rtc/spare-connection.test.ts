import { beforeEach, expect, it } from 'vitest'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { asPeerConnection, FakePeerConnection } from '../testing/fake-peer-connection.ts'
import { IceServers } from './ice-servers.ts'
import { SpareConnection } from './spare-connection.ts'

const ready = Promise.resolve()
const MINUTE = 60_000
let made: FakePeerConnection[]
let pools: (number | undefined)[]
let clock: FakeClock
let spare: SpareConnection

beforeEach(() => {
  made = []
  pools = []
  clock = new FakeClock()
  spare = new SpareConnection({
    createPeerConnection: (servers, pool) => {
      pools.push(pool)
      made.push(new FakePeerConnection(servers))
      return asPeerConnection(made.at(-1) as FakePeerConnection)
    },
    iceServers: new IceServers(async () => Response.json({ iceServers: [{ urls: 'stun:a' }] })),
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
