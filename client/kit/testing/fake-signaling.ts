/** A signaling server that a test plays by hand. */
import type {
  EnterOptions,
  Entry,
  OpenSignaling,
  Payload,
  PeerInfo,
  SignalingEvents,
} from '../src/signaling/protocol.ts'

export class FakeSignaling {
  readonly sent: { payload: Payload; to: string }[] = []
  rooms: string[] = []
  /** The requests of the client, in order. */
  readonly requests: ['enter' | 'knock', EnterOptions][] = []
  /** The client's answers to knocks. */
  readonly knockAnswers: string[] = []
  locks: boolean[] = []
  reconnects = 0
  state: 'idle' | 'open' | 'suspended' | 'closed' = 'idle'
  #events: SignalingEvents | undefined

  readonly open: OpenSignaling = (room, events) => {
    this.rooms.push(room)
    this.state = 'open'
    this.#events = events
    return {
      start: () => undefined,
      enter: (options) => this.requests.push(['enter', options]),
      knock: (options) => this.requests.push(['knock', options]),
      admit: (id) => this.knockAnswers.push(`admit ${id}`),
      deny: (id) => this.knockAnswers.push(`deny ${id}`),
      lock: (locked) => this.locks.push(locked),
      send: (payload, to) => this.sent.push({ payload, to }),
      reconnectNow: () => this.reconnects++,
      suspend: () => (this.state = 'suspended'),
      close: () => (this.state = 'closed'),
    }
  }

  /** Emits an event to the client. */
  get emit(): SignalingEvents {
    if (!this.#events) throw new Error('the client is not connected')
    return this.#events
  }

  /** Gives the client a seat in a room with these participants. */
  giveSeat(peers: (string | PeerInfo)[], entry: Partial<Entry> = {}): void {
    const infos = peers.map((peer) =>
      typeof peer === 'string' ? { id: peer, name: '', away: false } : peer,
    )
    this.emit.entered({
      id: 'me',
      peers: infos,
      knocks: [],
      locked: false,
      resumed: false,
      remembers: false,
      iceServers: [{ urls: 'stun:s.example' }],
      ...entry,
    })
  }

  /** The descriptions sent, as `type to`, in order. */
  get descriptions(): string[] {
    return this.sent.flatMap(({ payload, to }) =>
      'sdp' in payload ? [`${payload.sdp.type} ${to}`] : [],
    )
  }
}
