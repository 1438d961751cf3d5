/** A server that a test plays itself. */
import type { OpenSignaling, Payload, SignalingEvents } from '../signaling/protocol.ts'

export class FakeSignaling {
  readonly sent: Payload[] = []
  rooms: string[] = []
  asked = 0
  state: 'idle' | 'open' | 'closed' = 'idle'
  #events: SignalingEvents | undefined

  readonly open: OpenSignaling = (room, events) => {
    this.rooms.push(room)
    this.state = 'open'
    this.#events = events
    return {
      send: (payload) => this.sent.push(payload),
      enter: () => this.asked++,
      close: () => (this.state = 'closed'),
    }
  }

  /** The server's side: calls what the client listens with. */
  get says(): SignalingEvents {
    if (!this.#events) throw new Error('nobody has connected yet')
    return this.#events
  }

  /** Descriptions sent, by type and in order. */
  get descriptions(): { type: string; sdp: string }[] {
    return this.sent.flatMap((payload) => ('sdp' in payload ? [payload.sdp] : []))
  }
}
