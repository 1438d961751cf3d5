/** A server that a test plays itself. */
import type {
  Entry,
  Occupant,
  OpenSignaling,
  Payload,
  SignalingEvents,
  Wish,
} from '../signaling/protocol.ts'

export class FakeSignaling {
  readonly sent: { payload: Payload; to: string }[] = []
  rooms: string[] = []
  /** What was asked for, in order. */
  readonly asked: ['enter' | 'knock', Wish][] = []
  readonly answers: string[] = []
  locks: boolean[] = []
  hurried = 0
  state: 'idle' | 'open' | 'closed' = 'idle'
  #events: SignalingEvents | undefined

  readonly open: OpenSignaling = (room, events) => {
    this.rooms.push(room)
    this.state = 'open'
    this.#events = events
    return {
      enter: (wish) => this.asked.push(['enter', wish]),
      knock: (wish) => this.asked.push(['knock', wish]),
      admit: (id) => this.answers.push(`admit ${id}`),
      deny: (id) => this.answers.push(`deny ${id}`),
      lock: (locked) => this.locks.push(locked),
      send: (payload, to) => this.sent.push({ payload, to }),
      hurry: () => this.hurried++,
      close: () => (this.state = 'closed'),
    }
  }

  /** The server's side: calls what the client listens with. */
  get says(): SignalingEvents {
    if (!this.#events) throw new Error('nobody has connected yet')
    return this.#events
  }

  /** Lets the client into the room, where these are. */
  seats(peers: (string | Occupant)[], entry: Partial<Entry> = {}): void {
    const occupants = peers.map((peer) =>
      typeof peer === 'string' ? { id: peer, name: '', away: false } : peer,
    )
    this.says.entered({
      id: 'me',
      peers: occupants,
      knocks: [],
      locked: false,
      resumed: false,
      iceServers: [{ urls: 'stun:s.example' }],
      ...entry,
    })
  }

  /** Descriptions sent, as `type to`, in order. */
  get descriptions(): string[] {
    return this.sent.flatMap(({ payload, to }) =>
      'sdp' in payload ? [`${payload.sdp.type} ${to}`] : [],
    )
  }
}
