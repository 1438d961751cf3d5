// A peer on an official socket.io-client, of any version the server must serve.
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { Inbox } from '../inbox.js'
import { timeout } from '../timeout.js'

const load = createRequire(import.meta.url)

export const versions = ['1.7.4', '2.0.4', '2.3.0', '2.5.0', '3.1.3', '4.0.2', '4.8.4']

/** Transports as a client is configured with them; `upgrade` is the default. */
export const transports = {
  polling: ['polling'],
  websocket: ['websocket'],
  upgrade: ['polling', 'websocket'],
}

const events = ['created', 'join', 'joined', 'full', 'invalid', 'message', 'bye']

export class Peer {
  #inboxes = new Map()
  drops = []

  constructor(origin, version, transport) {
    const io = load(`sio-${version}`)
    Object.assign(this, { version, transport, name: `${version} over ${transport}` })
    this.socket = io(origin, {
      transports: transports[transport],
      forceNew: true,
      reconnection: false,
    })
    for (const event of events) {
      const inbox = new Inbox()
      this.#inboxes.set(event, inbox)
      this.socket.on(event, (...given) => inbox.push(given))
    }
    this.socket.on('disconnect', (reason) => this.drops.push(reason))
    this.socket.on('connect_error', (error) => this.drops.push(String(error)))
    this.socket.on('error', (error) => this.drops.push(String(error)))
  }

  get id() {
    return this.socket.id
  }

  get engine() {
    return this.socket.io.engine
  }

  emit(...given) {
    this.socket.emit(...given)
  }

  /** The arguments of the next event of this name. */
  async next(event) {
    return this.#inboxes.get(event).next(`${event} at ${this.name} (${this.drops})`)
  }

  /** Events of this name that arrived and were not read. */
  unread(event) {
    return this.#inboxes.get(event).rest
  }

  async upgraded() {
    for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(5)) {
      if (this.engine.transport.name === 'websocket') return
    }
    throw new Error(`${this.name} still uses ${this.engine.transport.name} (${this.drops})`)
  }

  close() {
    this.socket.close()
  }
}
