/** Soft tones that are made here: there are no files of sounds. */
import type { Happening } from './happenings.ts'

/** How many people a call has in which sounds are off, unless the user turns them on. */
const MANY_PEOPLE = 5
/** Loudness of a tone, of 1. */
const LOUDNESS = 0.06
/** Length of a tone and the time to the next, in seconds. */
const LENGTH = 0.22
const STEP = 0.13

/** Frequencies in Hz, one after the other: up for a join, down for a leave. */
const TONES: Record<Happening['kind'], readonly number[]> = {
  join: [523, 659],
  leave: [523, 392],
  knock: [659, 659],
  message: [784],
}

/** Whether sounds are on: as the user chose, or by the number of people in the call. */
export function soundsOn(chosen: boolean | undefined, people: number): boolean {
  return chosen ?? people < MANY_PEOPLE
}

/** Plays what happened. Makes the audio context when it is needed first. */
export class Sounds {
  readonly #createContext: () => AudioContext
  #context: AudioContext | undefined
  #closed = false

  constructor(createContext: () => AudioContext = () => new AudioContext()) {
    this.#createContext = createContext
  }

  play(kind: Happening['kind']): void {
    if (this.#closed) return
    const context = (this.#context ??= this.#createContext())
    void context.resume()
    for (const [index, frequency] of TONES[kind].entries()) {
      tone(context, frequency, context.currentTime + index * STEP)
    }
  }

  close(): void {
    this.#closed = true
    void this.#context?.close()
  }
}

function tone(context: AudioContext, frequency: number, start: number): void {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()]
  oscillator.frequency.value = frequency
  gain.gain.setValueAtTime(0, start)
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02)
  gain.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH)
  oscillator.connect(gain).connect(context.destination)
  oscillator.start(start)
  oscillator.stop(start + LENGTH)
}
