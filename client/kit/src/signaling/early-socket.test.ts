import type { Socket } from './signaling.ts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { EarlySocket } from './early-socket.ts'

const MINUTE = 60_000

/** What of a socket is used before there is a call. */
class FakeSocket {
  connected = false
  closed = false
  skipsReconnects = false
  handlers = new Map<string, () => void>()
  readonly io = {
    // As in Socket.IO, once it was told not to reconnect it never does.
    reconnection: (on: boolean) => {
      this.reconnects = on
      this.skipsReconnects ||= !on
    },
    on: (event: string, handler: () => void) => this.on(event, handler),
    off: (event: string) => this.handlers.delete(event),
  }
  constructor(public reconnects: boolean) {}

  on(event: string, handler: () => void): this {
    this.handlers.set(event, handler)
    return this
  }
  off(): this {
    this.handlers.clear()
    return this
  }
  disconnect(): void {
    this.closed = true
  }
  emit(event: string): void {
    this.handlers.get(event)?.()
  }
}

let sockets: FakeSocket[]
let early: EarlySocket
beforeEach(() => {
  vi.useFakeTimers()
  sockets = []
  early = new EarlySocket((reconnection) => {
    sockets.push(new FakeSocket(reconnection))
    return sockets.at(-1) as unknown as Socket
  })
})
afterEach(() => vi.useRealTimers())

/** Time passes, and the server pings. */
function live(ms: number): void {
  for (let passed = 0; passed < ms; passed += 25_000) {
    vi.advanceTimersByTime(25_000)
    sockets.at(-1)?.emit('ping')
  }
}

it('is opened once, and does not reconnect by itself', () => {
  early.keep()
  early.keep()
  expect(sockets.map(({ reconnects }) => reconnects)).toEqual([false])
})

it('belongs to the call that takes it', () => {
  early.keep()
  expect(early.take()).toBe(sockets[0])
  live(10 * MINUTE)
  const [socket] = sockets
  expect([socket?.closed, socket?.reconnects, socket?.skipsReconnects]).toEqual([
    false,
    true,
    false,
  ])
  expect(early.take()).toBeUndefined()
})

it('is closed after three minutes without a touch, and opened again by one', () => {
  early.keep()
  live(2 * MINUTE)
  early.keep()
  live(2 * MINUTE)
  expect(sockets[0]?.closed).toBe(false)
  live(MINUTE)
  expect(sockets[0]?.closed).toBe(true)
  early.keep()
  expect(sockets).toHaveLength(2)
})

it('is not used if the server has been silent for long', () => {
  early.keep()
  vi.advanceTimersByTime(40_000)
  expect(early.take()).toBeUndefined()
  expect(sockets[0]?.closed).toBe(true)
})

it.each(['disconnect', 'connect_error'])('asks a server rarely after a %s', (event) => {
  early.keep()
  sockets[0]?.emit(event)
  early.keep()
  expect([sockets.length, early.take()]).toEqual([1, undefined])
  vi.advanceTimersByTime(11_000)
  early.keep()
  expect(sockets).toHaveLength(2)
})
