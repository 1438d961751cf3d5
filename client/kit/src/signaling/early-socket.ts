/**
 * A connection to the server that is made before the user joins. It has no seat, and is
 * closed if it is not used. It does not reconnect by itself: a server that restarts is
 * not asked by those who only look at a page.
 */
import type { Socket } from './signaling.ts'

/** How long a connection is kept without a sign that somebody will use it, in ms. */
const KEPT_FOR = 180_000
/** The server pings every 25 s. Who has heard nothing for longer may have lost the network, in ms. */
const SILENCE = 32_000
/** How soon another attempt is made after one that failed, in ms. */
const PAUSE = 10_000

export class EarlySocket {
  readonly #connect: (reconnection: boolean) => Socket
  readonly #now: () => number
  #socket: Socket | undefined
  #heardAt = -Infinity
  #failedAt = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `connect` opens a connection. One that was told later not to reconnect never would again. */
  constructor(connect: (reconnection: boolean) => Socket, now: () => number = Date.now) {
    this.#connect = connect
    this.#now = now
  }

  /** Somebody looks at the page: opens the connection, or keeps it. */
  keep(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.close(), KEPT_FOR)
    if (this.#isSilent) this.close()
    if (!this.#socket && this.#now() - this.#failedAt > PAUSE) this.#open()
  }

  /** The connection, which is the caller's from now on; undefined if there is none. */
  take(): Socket | undefined {
    const socket = this.#isSilent ? undefined : this.#socket
    if (!socket) this.close()
    else this.#forget()
    socket?.io.reconnection(true)
    return socket
  }

  close(): void {
    const socket = this.#socket
    this.#forget()
    socket?.disconnect()
  }

  get #isSilent(): boolean {
    return this.#socket !== undefined && this.#now() - this.#heardAt > SILENCE
  }

  #open(): void {
    const socket = (this.#socket = this.#connect(false))
    const heard = () => (this.#heardAt = this.#now())
    const failed = () => {
      this.#failedAt = this.#now()
      this.close()
    }
    heard()
    socket.on('connect', heard).on('disconnect', failed).on('connect_error', failed)
    socket.io.on('ping', heard)
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#socket?.off().io.off('ping')
    this.#socket = undefined
  }
}
