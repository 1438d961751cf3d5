/** How much data the video of a call may use, which is the user's choice. */
import type { Preferences } from '../media/preferences.ts'

/** `low`: small pictures, and only of whoever matters most. `audio`: no video. */
export type DataUse = 'full' | 'low' | 'audio'

export class DataSettings {
  readonly #preferences: Preferences
  #use = $state.raw<DataUse>('full')
  #isUndecided = $state(true)

  constructor(preferences: Preferences) {
    this.#preferences = preferences
    const isLow = preferences.choice('lowData')
    this.#isUndecided = isLow === undefined
    if (!preferences.wanted('others')) this.#use = 'audio'
    else if (isLow) this.#use = 'low'
  }

  get use(): DataUse {
    return this.#use
  }

  /** Audio only is for this tab: in another call, nobody should wonder where everyone is. */
  set use(use: DataUse) {
    this.#use = use
    this.#isUndecided = false
    this.#preferences.setWanted('others', use !== 'audio')
    if (use !== 'audio') this.#preferences.setChoice('lowData', use === 'low')
  }

  /** Whether the user has never chosen. */
  get isUndecided(): boolean {
    return this.#isUndecided
  }
}

let settings: DataSettings | undefined

/** The settings of this page. */
export const dataSettings = (preferences: Preferences): DataSettings =>
  (settings ??= new DataSettings(preferences))
