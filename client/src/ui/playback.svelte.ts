/** Videos that the browser does not play with sound before the user touches the page. */
import { SvelteSet } from 'svelte/reactivity'

type Playable = Pick<HTMLMediaElement, 'play'>

export class Playback {
  readonly #blocked = new SvelteSet<Playable>()

  get isBlocked(): boolean {
    return this.#blocked.size > 0
  }

  /** The video is held back, or is not any more. */
  set(video: Playable, blocked: boolean): void {
    if (blocked) this.#blocked.add(video)
    else this.#blocked.delete(video)
  }

  /** Plays all of them: the user pressed something. */
  play(): void {
    for (const video of this.#blocked) {
      video.play().then(
        () => this.#blocked.delete(video),
        () => undefined, // not allowed yet
      )
    }
  }

  /** Plays them as soon as the user does anything. Returns a function that stops waiting for it. */
  playAtTouch(target: EventTarget): () => void {
    const events = ['pointerup', 'keydown']
    const play = () => this.play()
    for (const event of events) target.addEventListener(event, play)
    return () => {
      for (const event of events) target.removeEventListener(event, play)
    }
  }
}

/** All videos of the page. */
export const playback = new Playback()
