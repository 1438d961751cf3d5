/** Finds out which of the others is speaking. */
import type { Clock } from '../rtc/clock.ts'

export interface Voice {
  readonly id: string
  /** From 0 to 1. */
  loudness(): number
}

/** How often the voices are listened to, in ms. */
const PERIOD = 250
/** Below this it is breathing, or a fan. */
const THRESHOLD = 0.02
/** Who speaks keeps the turn through pauses of this many looks. */
const PAUSE = 4

/** Tells who speaks whenever that changes, until the returned function is called. */
export function watchSpeaker(
  voices: () => Voice[],
  clock: Clock,
  tell: (id: string | undefined) => void,
): () => void {
  let speaker: string | undefined
  let quiet = 0
  let cancel = clock.after(PERIOD, look)

  function look(): void {
    cancel = clock.after(PERIOD, look)
    const heard = loudest(voices())
    quiet = heard === speaker ? 0 : quiet + 1
    if (heard === speaker || (speaker !== undefined && quiet < PAUSE)) return
    quiet = 0
    tell((speaker = heard))
  }

  return () => cancel()
}

function loudest(voices: Voice[]): string | undefined {
  const levels = voices.map((voice) => ({ id: voice.id, level: voice.loudness() }))
  return levels.filter(({ level }) => level > THRESHOLD).sort((a, b) => b.level - a.level)[0]?.id
}
