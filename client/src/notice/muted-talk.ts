/**
 * Notices that somebody talks while muted. It listens to a copy of the muted track, which
 * leaves neither the page nor this function.
 */
import { watchAudioLevel } from '../media/audio-level.ts'

/** A level that is speech rather than a noise of the room, of 1. */
const SPEECH = 0.12
/** So many loud readings of the last ones are a sentence rather than a cough. */
const LOUD = 8
const READINGS = 15

/** Whether the last readings of a level are somebody who talks. */
export class TalkDetector {
  #loud: boolean[] = []

  /** Takes the next reading, and reports whether somebody talks now. */
  talks(level: number): boolean {
    this.#loud = [...this.#loud, level > SPEECH].slice(-READINGS)
    return this.#loud.filter(Boolean).length >= LOUD
  }
}

/** Calls `onTalk` once, when somebody talks into the muted track. Returns a function that stops. */
export function watchMutedTalk(muted: MediaStreamTrack, onTalk: () => void): () => void {
  const track = muted.clone()
  track.enabled = true
  const detector = new TalkDetector()
  const stopLevel = watchAudioLevel(track, (level) => {
    if (!detector.talks(level)) return
    stop()
    onTalk()
  })
  let running = true
  const stop = () => {
    if (!running) return
    running = false
    stopLevel()
    track.stop()
  }
  return stop
}
