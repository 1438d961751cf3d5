// The Engine.IO echo server, and how the conformance tests reach it in each
// dialect: plain requests and bare WebSockets, with no client in between.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import WebSocket from 'ws'
import { Inbox } from '../inbox.js'
import { timeout } from '../timeout.js'
import { startEcho } from '../process.js'
import { payload } from './session.js'

/**
 * Heartbeats in milliseconds. Slow ones are never missed on a busy machine; fast ones
 * are for the tests that wait for a heartbeat.
 */
export const slowHeartbeat = { pingInterval: 25_000, pingTimeout: 20_000 }
export const fastHeartbeat = { pingInterval: 300, pingTimeout: 1500 }

let echo

/** Runs the echo server for as long as the tests of this file take. */
export function useEcho(heartbeat = slowHeartbeat) {
  before(async () => (echo = await startEcho(heartbeat)))
  after(() => echo?.stop())
}

export const url = (query) => `${echo.origin}/engine.io/?${new URLSearchParams(query)}`

/** A bare WebSocket, with what it received and how it ended. */
class Socket {
  received = new Inbox()
  #socket

  constructor(query) {
    this.#socket = new WebSocket(url({ transport: 'websocket', ...query }).replace('http', 'ws'))
    this.#socket.on('message', (data, isBinary) =>
      this.received.push(isBinary ? data : data.toString()),
    )
    this.opened = new Promise((resolve) => this.#socket.once('open', resolve))
    this.closed = new Promise((resolve) => this.#socket.once('close', resolve))
    // A refused handshake is an error and then a close; the close is waited for.
    this.#socket.on('error', () => {})
  }

  send(data) {
    this.#socket.send(data)
  }

  next() {
    return this.received.next('a frame')
  }

  /** The next frame that is neither a noop nor a ping; pings are answered. */
  async nextMessage() {
    for (;;) {
      const frame = await this.next()
      if (frame === '2') this.send('3')
      else if (frame !== '6') return frame
    }
  }

  async assertEchoes(message = '4hello') {
    this.send(message)
    assert.deepEqual(await this.nextMessage(), message)
  }

  async assertCloses(milliseconds = timeout) {
    const late = sleep(milliseconds, 'open', { ref: false })
    const state = await Promise.race([this.closed.then(() => 'closed'), late])
    assert.equal(state, 'closed', `after ${milliseconds} ms`)
  }

  close() {
    this.#socket.terminate()
  }
}

/** One dialect of Engine.IO: 3 or 4. */
class Dialect {
  constructor(eio) {
    this.eio = eio
    this.encode = payload[eio].encode
    this.decode = payload[eio].decode
  }

  get(query) {
    return fetch(url({ EIO: this.eio, transport: 'polling', ...query }))
  }

  /** Opens a polling session; answers its id. */
  async open(query = {}) {
    const response = await this.get(query)
    assert.equal(response.status, 200)
    const [open] = this.decode(await response.text())
    return JSON.parse(open.slice(1)).sid
  }

  /** The packets of one poll, which must be answered. */
  async poll(sid, query = {}) {
    const response = await this.get({ sid, ...query })
    assert.equal(response.status, 200)
    return this.decode(await response.text())
  }

  post(sid, body, headers = {}) {
    const query = { EIO: this.eio, transport: 'polling', sid }
    return fetch(url(query), { method: 'POST', body, headers })
  }

  async send(sid, ...packets) {
    const response = await this.post(sid, this.encode(packets))
    assert.equal(response.status, 200)
    assert.equal(await response.text(), 'ok')
  }

  dial(t, query) {
    const socket = new Socket({ EIO: this.eio, ...query })
    t.after(() => socket.close())
    return socket
  }

  async openWebSocket(t) {
    const socket = this.dial(t)
    socket.handshake = await socket.next()
    return socket
  }

  /** A WebSocket for the session, probed but not yet in use. */
  async probe(t, sid) {
    const socket = this.dial(t, { sid })
    await socket.opened
    socket.send('2probe')
    assert.equal(await socket.next(), '3probe')
    return socket
  }

  async assertGone(sid) {
    const response = await this.get({ sid })
    assert.equal(response.status, 400)
    assert.deepEqual(await response.json(), { code: 1, message: 'Session ID unknown' })
  }
}

export const dialects = [new Dialect(3), new Dialect(4)]
