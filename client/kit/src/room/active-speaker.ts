/** Detects which of the others is speaking. */
import type { Clock } from '../rtc/clock.ts'

export interface AudioSource {
  readonly id: string
  /** From 0 to 1. */
  audioLevel(): number
}

/** How often the levels are compared, in ms. */
const INTERVAL = 250
/** A speaker is shown only if there are as many others as this. */
const MIN_SOURCES = 2
/** Levels below this are breathing or background noise. */
const THRESHOLD = 0.02
/** A speaker stays active through pauses of fewer comparisons than this. */
const PAUSE = 4

/** Reports the active speaker whenever it changes. Returns a function that stops it. */
export function watchActiveSpeaker(
  sources: () => readonly AudioSource[],
  clock: Clock,
  onChange: (id: string | undefined) => void,
): () => void {
  let speaker: string | undefined
  let pauses = 0
  let cancel = clock.after(INTERVAL, compare)

  function compare(): void {
    cancel = clock.after(INTERVAL, compare)
    const loudest = findLoudest(sources())
    pauses = loudest === speaker ? 0 : pauses + 1
    if (loudest === speaker || (speaker !== undefined && pauses < PAUSE)) return
    pauses = 0
    onChange((speaker = loudest))
  }

  return () => cancel()
}

function findLoudest(sources: readonly AudioSource[]): string | undefined {
  if (sources.length < MIN_SOURCES) return undefined
  const levels = sources.map((source) => ({ id: source.id, level: source.audioLevel() }))
  return levels.filter(({ level }) => level > THRESHOLD).sort((a, b) => b.level - a.level)[0]?.id
}
