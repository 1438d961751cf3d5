/** Signaling over socket.io, on the page's own origin. */
import { io, type Socket } from 'socket.io-client'
import {
  EVENTS,
  readPayload,
  type Payload,
  type Signaling,
  type SignalingEvents,
} from './protocol.ts'

/** How long after a planned restart clients spread their return, as a share of the delay. */
const RESTART_JITTER = 0.5
/** Delay before dialing again after the server itself closed the connection, in ms. */
const DISMISSED_DELAY = 1000

/** Connects to the server and keeps the room entered until `close`. */
export function openSignaling(room: string, events: SignalingEvents): Signaling {
  return new SocketSignaling(room, events)
}

class SocketSignaling implements Signaling {
  readonly #socket: Socket
  readonly #room: string
  readonly #events: SignalingEvents
  #redial: ReturnType<typeof setTimeout> | undefined

  constructor(room: string, events: SignalingEvents) {
    this.#room = room
    this.#events = events
    this.#socket = io({
      path: '/socket.io/',
      forceNew: true,
      // WebSocket needs fewer round trips and no sticky sessions; polling is
      // for networks that forbid it.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5000,
      randomizationFactor: 0.5,
      timeout: 10_000,
    })
    this.#listen()
  }

  send(payload: Payload): void {
    if (this.#socket.connected) {
      this.#socket.emit(EVENTS.message, { ...payload, room: this.#room })
    }
  }

  enter(): void {
    if (this.#socket.connected) this.#socket.emit(EVENTS.createOrJoin, this.#room)
  }

  close(): void {
    clearTimeout(this.#redial)
    this.#socket.off()
    this.#socket.disconnect()
  }

  #listen(): void {
    const { created, join, joined, full, bye, message, invalid, restarting } = EVENTS
    const events = this.#events
    this.#socket
      .on('connect', () => this.#connected())
      .on('disconnect', (reason) => this.#disconnected(reason))
      .on('connect_error', () => events.unreachable())
      .on(created, () => events.created())
      .on(join, () => events.join())
      .on(joined, () => events.joined())
      .on(full, () => events.full())
      .on(bye, (_room: unknown, id: unknown) => events.bye(typeof id === 'string' ? id : undefined))
      .on(message, (details: unknown, from: unknown) => this.#received(details, from))
      .on(invalid, (_event: unknown, reason: unknown) => events.invalid(String(reason)))
      .on(restarting, (delay: unknown) => this.#restarting(delay))
  }

  #connected(): void {
    clearTimeout(this.#redial)
    this.#socket.io.reconnection(true)
    this.enter()
    this.#events.online()
  }

  #disconnected(reason: Socket.DisconnectReason): void {
    this.#events.offline()
    // socket.io does not come back by itself when the server ended the session.
    if (reason === 'io server disconnect' && this.#socket.io.reconnection()) {
      this.#redialAfter(DISMISSED_DELAY)
    }
  }

  #received(details: unknown, from: unknown): void {
    const payload = readPayload(details)
    if (payload) this.#events.message(payload, typeof from === 'string' ? from : '')
  }

  /** Stays away for as long as the server asks, then comes back at a moment of our own. */
  #restarting(delay: unknown): void {
    const wait = typeof delay === 'number' && delay >= 0 ? Math.min(delay, 60_000) : 0
    this.#socket.io.reconnection(false)
    this.#redialAfter(wait * (1 + Math.random() * RESTART_JITTER))
    this.#events.restarting()
  }

  #redialAfter(delay: number): void {
    clearTimeout(this.#redial)
    this.#redial = setTimeout(() => {
      this.#socket.io.reconnection(true)
      this.#socket.disconnect().connect()
    }, delay)
  }
}
