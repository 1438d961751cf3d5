/** What the user chose to be told, which is remembered between calls. */
import type { Preferences } from '../media/preferences.ts'

export class NoticeSettings {
  readonly #preferences: Preferences
  #sounds = $state<boolean | undefined>()
  #mutedHint = $state(true)

  constructor(preferences: Preferences) {
    this.#preferences = preferences
    this.#sounds = preferences.choice('sounds')
    this.#mutedHint = preferences.choice('mutedHint') ?? true
  }

  /** Whether to play sounds; undefined if the user did not choose. */
  get sounds(): boolean | undefined {
    return this.#sounds
  }

  set sounds(on: boolean | undefined) {
    this.#sounds = on
    if (on !== undefined) this.#preferences.setChoice('sounds', on)
  }

  /** Whether to say “You are muted”. */
  get mutedHint(): boolean {
    return this.#mutedHint
  }

  set mutedHint(on: boolean) {
    this.#mutedHint = on
    this.#preferences.setChoice('mutedHint', on)
  }
}

let settings: NoticeSettings | undefined

/** The settings of this page. */
export const noticeSettings = (preferences: Preferences): NoticeSettings =>
  (settings ??= new NoticeSettings(preferences))
