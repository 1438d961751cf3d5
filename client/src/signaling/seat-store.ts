/** The seats this tab holds or held, so that a reload comes back to the same one. */

/** A seat's token, and the number of the last message received on it. */
export interface Seat {
  token: string
  seen: number
}

const TOKEN = /^[\w-]{22}$/

/** Kept in the tab's own storage, which a reload survives and another tab does not see. */
export class Seats {
  readonly #storage: Storage | undefined
  readonly #kept = new Map<string, Seat>()

  constructor(storage: Storage | undefined) {
    this.#storage = storage
  }

  of(room: string): Seat | undefined {
    return this.#kept.get(room) ?? readSeat(this.#stored(room))
  }

  keep(room: string, seat: Seat): void {
    this.#kept.set(room, seat)
    try {
      this.#storage?.setItem(keyOf(room), JSON.stringify(seat))
    } catch {
      // A full or forbidden storage costs the seat on a reload, nothing more.
    }
  }

  #stored(room: string): string | null {
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

function readSeat(text: string | null): Seat | undefined {
  try {
    const { token, seen } = JSON.parse(text ?? 'null') as Partial<Seat>
    if (typeof token !== 'string' || !TOKEN.test(token)) return undefined
    return { token, seen: Number.isSafeInteger(seen) && Number(seen) > 0 ? Number(seen) : 0 }
  } catch {
    return undefined
  }
}
