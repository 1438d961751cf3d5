/** Signaling over socket.io, on the page's own origin. */
import { io, type Socket } from 'socket.io-client'
import {
  EVENTS,
  readAnswer,
  readPayload,
  readRefusal,
  type OpenSignaling,
  type Payload,
  type Signaling,
  type SignalingEvents,
  type Wish,
} from './protocol.ts'
import type { Seats } from './seat-store.ts'

/** How long after a planned restart clients spread their return, as a share of the delay. */
const RESTART_JITTER = 0.5
/** Delay before dialing again after the server itself closed the connection, in ms. */
const DISMISSED_DELAY = 1000
/** An answer that takes longer will not come, in ms; the server's own limit is 2.5 s. */
const ANSWER_WITHIN = 8000
/** A connection that may be dead has this long to prove the contrary, in ms. */
const ALIVE_WITHIN = 2000

/** Connects to the server until `close`; seats are kept in `seats`. */
export function signalingWith(seats: Seats): OpenSignaling {
  return (room, events) => new SocketSignaling(room, events, seats)
}

class SocketSignaling implements Signaling {
  #socket: Socket
  /** The connection before, until our seat has moved to the present one. */
  #replaced: Socket | undefined
  readonly #room: string
  readonly #events: SignalingEvents
  readonly #seats: Seats
  #redial: ReturnType<typeof setTimeout> | undefined

  constructor(room: string, events: SignalingEvents, seats: Seats) {
    this.#room = room
    this.#events = events
    this.#seats = seats
    this.#socket = this.#dial()
  }

  enter(wish: Wish): void {
    const held = this.#seats.of(this.#room)
    const seat = held ? { seat: held.token, seen: held.seen } : {}
    this.#ask(EVENTS.enter, { ...seat, ...wish }, (answer) => this.#entered(answer))
  }

  knock({ name, proof }: Wish): void {
    this.#ask(EVENTS.knock, { name, proof }, (answer) => {
      if ((answer as { ok?: unknown } | null)?.ok !== true) {
        this.#events.refused(readRefusal(answer))
      }
    })
  }

  admit(knock: string): void {
    this.#emit(EVENTS.admit, knock)
  }

  deny(knock: string): void {
    this.#emit(EVENTS.deny, knock)
  }

  lock(locked: boolean): void {
    this.#emit(EVENTS.lock, locked)
  }

  send(payload: Payload, to: string): void {
    this.#emit(EVENTS.message, { ...payload, room: this.#room }, to)
  }

  hurry(): void {
    if (this.#socket.connected) this.#probe()
    else if (this.#socket.io.reconnection()) this.#socket.disconnect().connect()
  }

  close(): void {
    clearTimeout(this.#redial)
    this.#emit(EVENTS.leave, this.#room)
    this.#socket.off().disconnect()
    this.#dropReplaced()
  }

  #dial(): Socket {
    const socket = io({
      path: '/socket.io/',
      forceNew: true,
      // WebSocket needs fewer round trips and no sticky sessions; polling is
      // for networks that forbid it.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      // Doubles with each attempt, and differs from client to client.
      reconnectionDelay: 400,
      reconnectionDelayMax: 3000,
      randomizationFactor: 0.5,
      timeout: 6000,
    })
    this.#listen(socket)
    return socket
  }

  /** A network that fails ends no connection for a long time: asks for a sign of life. */
  #probe(): void {
    const socket = this.#socket
    socket.timeout(ALIVE_WITHIN).emit(EVENTS.enter, this.#room, {}, (error: Error | null) => {
      if (error && socket === this.#socket) this.#dialBeside()
    })
  }

  /** Closing the old connection would give up the seat; the new one takes the seat along. */
  #dialBeside(): void {
    this.#dropReplaced()
    this.#replaced = this.#socket.off()
    this.#replaced.io.reconnection(false)
    this.#events.offline()
    this.#socket = this.#dial()
  }

  #dropReplaced(): void {
    this.#replaced?.disconnect()
    this.#replaced = undefined
  }

  /** What cannot be sent now is not sent later. */
  #emit(event: string, ...given: unknown[]): void {
    if (this.#socket.connected) this.#socket.emit(event, ...given)
  }

  #ask(event: string, options: object, answered: (answer: unknown) => void): void {
    if (!this.#socket.connected) return
    const { id } = this.#socket
    this.#socket
      .timeout(ANSWER_WITHIN)
      .emit(event, this.#room, options, (error: Error | null, answer: unknown) => {
        if (this.#socket.id !== id) return // asked on a connection that is gone
        if (error) this.#socket.disconnect().connect()
        else answered(answer)
      })
  }

  #entered(answer: unknown): void {
    const read = readAnswer(answer)
    if ('refusal' in read) return this.#events.refused(read.refusal)
    const { entry, seat } = read
    const seen = entry.resumed ? (this.#seats.of(this.#room)?.seen ?? 0) : 0
    if (seat) this.#seats.keep(this.#room, { token: seat, seen })
    this.#dropReplaced()
    this.#events.entered(entry)
  }

  #listen(socket: Socket): void {
    const events = this.#events
    const told = (handler: (id: string, name: string) => void) => {
      return (_room: unknown, id: unknown, name: unknown) => handler(text(id), text(name))
    }
    socket
      .on('connect', () => this.#connected())
      .on('disconnect', (reason) => this.#disconnected(reason))
      .on('connect_error', () => events.unreachable())
      .on(EVENTS.message, (...given: unknown[]) => this.#received(given))
      .on(EVENTS.join, told(events.join))
      .on(EVENTS.bye, told(events.bye))
      .on(EVENTS.away, told(events.away))
      .on(EVENTS.back, told(events.back))
      .on(EVENTS.knock, told(events.knock))
      .on(EVENTS.unknock, told(events.unknock))
      .on(EVENTS.locked, (_room: unknown, locked: unknown) => events.locked(locked === true))
      .on(EVENTS.admitted, () => events.admitted())
      .on(EVENTS.denied, () => events.denied())
      .on(EVENTS.moved, () => events.moved())
      .on(EVENTS.invalid, () => events.refused({ reason: 'invalid', retryAfter: 0 }))
      .on(EVENTS.restarting, (delay: unknown) => this.#restarting(delay))
  }

  #connected(): void {
    clearTimeout(this.#redial)
    this.#socket.io.reconnection(true)
    this.#events.online()
  }

  #disconnected(reason: Socket.DisconnectReason): void {
    this.#events.offline()
    // socket.io does not come back by itself when the server ended the session.
    if (reason === 'io server disconnect' && this.#socket.io.reconnection()) {
      this.#redialAfter(DISMISSED_DELAY)
    }
  }

  #received([details, from, number]: unknown[]): void {
    this.#count(number)
    const payload = readPayload(details)
    if (payload) this.#events.message(payload, text(from))
  }

  /** Remembers what has been received, so that it is not sent again. */
  #count(number: unknown): void {
    const seat = this.#seats.of(this.#room)
    if (seat && typeof number === 'number') this.#seats.keep(this.#room, { ...seat, seen: number })
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

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
