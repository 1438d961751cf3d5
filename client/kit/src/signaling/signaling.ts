/** Signaling over Socket.IO. */
import { io, type Socket as UntypedSocket } from 'socket.io-client'
import {
  EVENTS,
  readAnswer,
  readPayload,
  readRefusedPage,
  readRefusal,
  type ClientEvents,
  type EnterOptions,
  type OpenSignaling,
  type Payload,
  type ServerEvents,
  type Signaling,
  type SignalingEvents,
} from './protocol.ts'
import type { SeatStore } from './seat-store.ts'
import { shownName } from './names.ts'

export type Socket = UntypedSocket<ServerEvents, ClientEvents>

/** Clients spread their reconnects after a restart over this share of the delay. */
const RESTART_JITTER = 0.5
/** Delay before reconnecting when the server closed the connection, in ms. */
const SERVER_DISCONNECT_DELAY = 1000
/** An ack that takes longer is lost, in ms; the server’s own limit is 5.5 s. */
const ACK_TIMEOUT = 8000
/** A connection that does not answer for so long counts as dead, in ms. */
const PROBE_TIMEOUT = 2000

/**
 * Connects to the server until `close`. Seats are remembered in `seats`. `take` returns a
 * connection that was made before. Without the origin of a server, it is the page's own.
 */
export function signalingWith(
  seats: SeatStore,
  take: () => Socket | undefined = () => undefined,
  server?: string,
): OpenSignaling {
  return (room, events) => new SocketSignaling(room, events, seats, server, take())
}

/** Begins to connect to the server. Without `reconnection`, it is tried once. */
export function connect(reconnection = true, server?: string): Socket {
  return io(server ?? location.origin, {
    path: '/socket.io/',
    forceNew: true,
    // WebSocket needs fewer round trips and no sticky sessions; polling is
    // for networks that block it.
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnection,
    // Doubles with each attempt, and differs between clients.
    reconnectionDelay: 400,
    reconnectionDelayMax: 3000,
    randomizationFactor: 0.5,
    timeout: 6000,
  })
}

/** The close code of a page that may come back: any but 1000 and 1001 keeps the seat. */
const SUSPENDED = 4000

class SocketSignaling implements Signaling {
  #socket: Socket
  /** The socket before this one, until our seat has moved to this one. */
  #previousSocket: Socket | undefined
  readonly #room: string
  readonly #events: SignalingEvents
  readonly #seats: SeatStore
  readonly #server: string | undefined
  #reconnectTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    room: string,
    events: SignalingEvents,
    seats: SeatStore,
    server: string | undefined,
    early: Socket | undefined,
  ) {
    this.#room = room
    this.#events = events
    this.#seats = seats
    this.#server = server
    this.#socket = early ? this.#listen(early) : this.#connect()
  }

  start(): void {
    if (this.#socket.connected) this.#onConnect()
  }

  enter(options: EnterOptions): void {
    const stored = this.#seats.get(this.#room)
    const seat = stored ? { seat: stored.token, seen: stored.seen } : {}
    this.#connectedSocket?.timeout(ACK_TIMEOUT).emit(
      EVENTS.enter,
      this.#room,
      { ...seat, ...options },
      this.#ack((answer) => this.#onEnterAnswer(answer)),
    )
  }

  knock({ name, proof }: EnterOptions): void {
    this.#connectedSocket?.timeout(ACK_TIMEOUT).emit(
      EVENTS.knock,
      this.#room,
      { name, proof },
      this.#ack((answer) => this.#onKnockAnswer(answer)),
    )
  }

  admit(knockId: string): void {
    this.#connectedSocket?.emit(EVENTS.admit, knockId)
  }

  deny(knockId: string): void {
    this.#connectedSocket?.emit(EVENTS.deny, knockId)
  }

  lock(locked: boolean): void {
    this.#connectedSocket?.emit(EVENTS.lock, locked)
  }

  send(payload: Payload, to: string): void {
    this.#connectedSocket?.emit(EVENTS.message, { ...payload, room: this.#room }, to)
  }

  reconnectNow(): void {
    if (this.#socket.connected) this.#probe()
    else if (this.#socket.io.reconnection()) this.#socket.disconnect().connect()
  }

  suspend(): void {
    const { transport } = this.#socket.io.engine
    this.#socket.off().io.reconnection(false)
    // A WebSocket that the browser closes with the page gives up the seat; over
    // polling the server just hears nothing more.
    ;(transport as { ws?: WebSocket }).ws?.close(SUSPENDED)
  }

  close(): void {
    clearTimeout(this.#reconnectTimer)
    this.#connectedSocket?.emit(EVENTS.leave, this.#room)
    this.#socket.off().disconnect()
    this.#dropPreviousSocket()
  }

  #connect(): Socket {
    return this.#listen(connect(true, this.#server))
  }

  /** Asks for a sign of life: a network that fails closes no connection for a long time. */
  #probe(): void {
    const socket = this.#socket
    socket.timeout(PROBE_TIMEOUT).emit(EVENTS.enter, this.#room, {}, (error: Error | null) => {
      if (error && socket === this.#socket) this.#replaceSocket()
    })
  }

  /** Keeps the old socket until the new one has our seat: closing it would give up the seat. */
  #replaceSocket(): void {
    this.#dropPreviousSocket()
    this.#previousSocket = this.#socket.off()
    this.#previousSocket.io.reconnection(false)
    this.#events.disconnected()
    this.#socket = this.#connect()
  }

  #dropPreviousSocket(): void {
    this.#previousSocket?.disconnect()
    this.#previousSocket = undefined
  }

  /** The socket while it is connected: events are dropped otherwise, not sent later. */
  get #connectedSocket(): Socket | undefined {
    return this.#socket.connected ? this.#socket : undefined
  }

  /** Handles an answer on the present connection, and reconnects if none comes. */
  #ack(onAnswer: (answer: unknown) => void): (error: Error | null, answer: unknown) => void {
    const { id } = this.#socket
    return (error, answer) => {
      if (this.#socket.id !== id) return // sent on an earlier connection
      if (error) this.#socket.disconnect().connect()
      else onAnswer(answer)
    }
  }

  #onEnterAnswer(answer: unknown): void {
    const result = readAnswer(answer)
    if ('refusal' in result) return this.#events.refused(result.refusal)
    const { entry, seat } = result
    const seen = entry.resumed ? (this.#seats.get(this.#room)?.seen ?? 0) : 0
    if (seat) this.#seats.set(this.#room, { token: seat, seen })
    this.#dropPreviousSocket()
    this.#events.entered(entry)
  }

  #onKnockAnswer(answer: unknown): void {
    const { ok, remembers } = (answer ?? {}) as { ok?: unknown; remembers?: unknown }
    if (ok !== true) this.#events.refused(readRefusal(answer))
    else if (remembers === true) this.#events.remembers()
  }

  #listen(socket: Socket): Socket {
    const events = this.#events
    const withIdAndName = (handler: (id: string, name: string) => void) => {
      return (_room: unknown, id: unknown, name?: unknown) => handler(text(id), shownName(name))
    }
    return socket
      .on('connect', () => this.#onConnect())
      .on('disconnect', (reason, details) => this.#onDisconnect(reason, details))
      .on('connect_error', (error) => events.unreachable(readRefusedPage(error)))
      .on(EVENTS.message, (...args) => this.#onMessage(...args))
      .on(EVENTS.join, withIdAndName(events.join))
      .on(EVENTS.bye, withIdAndName(events.bye))
      .on(EVENTS.away, withIdAndName(events.away))
      .on(EVENTS.back, withIdAndName(events.back))
      .on(EVENTS.knock, withIdAndName(events.knock))
      .on(EVENTS.unknock, withIdAndName(events.unknock))
      .on(EVENTS.locked, (_room, locked) => events.locked(locked === true))
      .on(EVENTS.admitted, () => events.admitted())
      .on(EVENTS.denied, () => events.denied())
      .on(EVENTS.moved, () => events.moved())
      .on(EVENTS.invalid, () => events.refused({ reason: 'invalid', retryAfter: 0 }))
      .on(EVENTS.restarting, (delay) => this.#onRestarting(delay))
  }

  #onConnect(): void {
    clearTimeout(this.#reconnectTimer)
    this.#socket.io.reconnection(true)
    this.#events.connected()
  }

  #onDisconnect(reason: UntypedSocket.DisconnectReason, details: unknown): void {
    this.#events.disconnected()
    const refused = readRefusedPage(details)
    if (refused) this.#events.unreachable(refused)
    // Socket.IO does not reconnect by itself if the server ended the session.
    if (reason === 'io server disconnect' && this.#socket.io.reconnection()) {
      this.#reconnectAfter(SERVER_DISCONNECT_DELAY)
    }
  }

  #onMessage(details: unknown, from: unknown, number: unknown): void {
    this.#rememberNumber(number)
    const payload = readPayload(details)
    if (payload) this.#events.message(payload, text(from))
  }

  /** Stores the number of a message, so that it is not sent again after a reconnect. */
  #rememberNumber(number: unknown): void {
    const seat = this.#seats.get(this.#room)
    if (seat && typeof number === 'number') this.#seats.set(this.#room, { ...seat, seen: number })
  }

  /** Reconnects after the delay the server asks for, plus a random part. */
  #onRestarting(delay: unknown): void {
    const wait = typeof delay === 'number' && delay >= 0 ? Math.min(delay, 60_000) : 0
    this.#socket.io.reconnection(false)
    this.#reconnectAfter(wait * (1 + Math.random() * RESTART_JITTER))
    this.#events.restarting()
  }

  #reconnectAfter(delay: number): void {
    clearTimeout(this.#reconnectTimer)
    this.#reconnectTimer = setTimeout(() => {
      this.#socket.io.reconnection(true)
      this.#socket.disconnect().connect()
    }, delay)
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
