/** What was written in this call, and what became of it. */
import type { Delivery, Entry, IncomingEntry, OutgoingEntry, TextEntry } from './entries.ts'

/** How many entries are kept. */
export const MAX_ENTRIES = 500

type New<E> = Omit<E, 'key' | 'at'>

export class Log {
  #entries = $state.raw<readonly Entry[]>([])
  #unread = $state(0)
  /** Whether earlier entries are no longer kept. */
  #shortened = $state(false)
  #keys = 0
  #isOpen = false

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** How many entries of others came since the log was last seen. */
  get unread(): number {
    return this.#unread
  }

  get shortened(): boolean {
    return this.#shortened
  }

  /** The log is shown, or no longer. */
  setOpen(open: boolean): void {
    this.#isOpen = open
    if (open) this.#unread = 0
  }

  add(entry: New<TextEntry> | New<IncomingEntry> | New<OutgoingEntry>): Entry {
    const added = { ...entry, key: this.#keys++, at: new Date() } as Entry
    this.#entries = this.#bounded([...this.#entries, added])
    if (entry.author.id !== undefined && !this.#isOpen) this.#unread++
    return added
  }

  find(key: number): Entry | undefined {
    return this.#entries.find((entry) => entry.key === key)
  }

  /** Where a text of ours is with this member now. */
  setDelivery(key: number, id: string, name: string, delivery: Delivery): void {
    this.#update((entry) => {
      if (entry.key !== key || entry.kind !== 'text') return entry
      return { ...entry, to: new Map(entry.to).set(id, { name, delivery }) }
    })
  }

  /** Says no more of this member: another one takes their place. */
  forgetDelivery(key: number, id: string): void {
    this.#update((entry) => {
      if (entry.key !== key || entry.kind !== 'text') return entry
      const to = new Map(entry.to)
      to.delete(id)
      return { ...entry, to }
    })
  }

  /** The texts that are on their way to this member are there no longer. */
  endDelivery(id: string, delivery: 'left' | 'deaf'): void {
    this.#update((entry) => {
      const known = entry.kind === 'text' ? entry.to.get(id) : undefined
      if (entry.kind !== 'text' || known?.delivery !== 'sending') return entry
      return { ...entry, to: new Map(entry.to).set(id, { ...known, delivery }) }
    })
  }

  #update(change: (entry: Entry) => Entry): void {
    this.#entries = this.#entries.map(change)
  }

  /** Whoever has written most loses the oldest, so that nobody pushes out the others. */
  #bounded(entries: readonly Entry[]): readonly Entry[] {
    if (entries.length <= MAX_ENTRIES) return entries
    const counts = new Map<string | undefined, number>()
    for (const { author } of entries) counts.set(author.id, (counts.get(author.id) ?? 0) + 1)
    const most = Math.max(...counts.values())
    const dropped = entries.findIndex(
      (entry) => counts.get(entry.author.id) === most && !isActive(entry),
    )
    this.#shortened = true
    return entries.filter((_, index) => index !== Math.max(dropped, 0))
  }
}

/** Reports whether a file is on its way, which only its entry can end. */
function isActive(entry: Entry): boolean {
  if (entry.kind === 'incoming') return !entry.file.hasEnded
  return entry.kind === 'outgoing' && entry.transfers.some(({ hasEnded }) => !hasEnded)
}
