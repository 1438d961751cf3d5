/**
 * Other tabs of this browser with the same call. Joining twice would make two
 * participants of one person, so the tab that joins takes over the other's seat.
 */
import type { Clock, SeatStore, StoredSeat } from 'vidchat-kit'

/** What this needs of a BroadcastChannel. */
export type TabChannel = Pick<BroadcastChannel, 'postMessage'> & {
  onmessage: ((event: MessageEvent) => void) | null
}

type Message = { room: string } & (
  | { kind: 'ask' | 'in-call' | 'left' | 'request-seat' }
  | { kind: 'seat'; seat: StoredSeat | undefined }
)

/** How long we wait for the seat: the other tab may be frozen. In ms. */
const SEAT_TIMEOUT = 500

export class OtherTabs {
  readonly #channel: TabChannel | undefined
  readonly #seats: Pick<SeatStore, 'get' | 'set'>
  readonly #clock: Clock
  #room = ''
  #isHere = false
  #isElsewhere = $state(false)
  #onSeat: () => void = () => undefined

  /** Without a channel no other tab is known. */
  constructor(
    channel: TabChannel | undefined,
    seats: Pick<SeatStore, 'get' | 'set'>,
    clock: Clock,
  ) {
    this.#channel = channel
    this.#seats = seats
    this.#clock = clock
    if (channel) channel.onmessage = ({ data }) => this.#onMessage(data as Message)
  }

  /** Whether another tab is in this call. */
  get isElsewhere(): boolean {
    return this.#isElsewhere
  }

  /** Finds out which tabs are in the call of this room. */
  watch(room: string): void {
    this.#room = room
    this.#isElsewhere = false
    this.#post({ kind: 'ask', room })
  }

  /** This tab joins the call. */
  join(): void {
    this.#isHere = true
    this.#isElsewhere = false
    this.#post({ kind: 'in-call', room: this.#room })
  }

  /** This tab left the call. */
  leave(): void {
    if (!this.#isHere) return
    this.#isHere = false
    this.#post({ kind: 'left', room: this.#room })
  }

  /** Takes over the seat of the other tab: entering with it ends the call there. */
  takeSeat(): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#onSeat = resolve
      this.#clock.after(SEAT_TIMEOUT, resolve)
    })
    this.#post({ kind: 'request-seat', room: this.#room })
    return answered
  }

  #onMessage(message: Message): void {
    if (message.room !== this.#room) return
    if (message.kind === 'ask' && this.#isHere) this.#post({ kind: 'in-call', room: this.#room })
    if (message.kind === 'in-call') this.#isElsewhere = true
    if (message.kind === 'left') this.#isElsewhere = false
    if (message.kind === 'request-seat' && this.#isHere) {
      this.#post({ kind: 'seat', room: this.#room, seat: this.#seats.get(this.#room) })
      this.#isHere = false
    }
    if (message.kind === 'seat') {
      if (message.seat) this.#seats.set(this.#room, message.seat)
      this.#onSeat()
    }
  }

  #post(message: Message): void {
    this.#channel?.postMessage(message)
  }
}
