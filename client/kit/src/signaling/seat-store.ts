/** Remembers the seats of this tab, so that a reload gets the same one back. */

/** A seat's token, and the number of the last message received on it. */
export interface StoredSeat {
  token: string
  seen: number
}

const TOKEN = /^[\w-]{22}$/

/** Uses sessionStorage, which survives a reload and is not shared with other tabs. */
export class SeatStore {
  readonly #storage: Storage | undefined
  readonly #seats = new Map<string, StoredSeat>()

  constructor(storage: Storage | undefined) {
    this.#storage = storage
  }

  get(room: string): StoredSeat | undefined {
    return this.#seats.get(room) ?? readSeat(this.#read(room))
  }

  set(room: string, seat: StoredSeat): void {
    this.#seats.set(room, seat)
    try {
      this.#storage?.setItem(keyOf(room), JSON.stringify(seat))
    } catch {
      // Without storage only a reload loses the seat.
    }
  }

  #read(room: string): string | null {
    try {
      return this.#storage?.getItem(keyOf(room)) ?? null
    } catch {
      return null
    }
  }
}

function keyOf(room: string): string {
  return `vidchat.seat.${room}`
}

function readSeat(text: string | null): StoredSeat | undefined {
  try {
    const { token, seen } = JSON.parse(text ?? 'null') as Partial<StoredSeat>
    if (typeof token !== 'string' || !TOKEN.test(token)) return undefined
    return { token, seen: Number.isSafeInteger(seen) && Number(seen) > 0 ? Number(seen) : 0 }
  } catch {
    return undefined
  }
}
