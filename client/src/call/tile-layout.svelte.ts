/** The tiles of a call, and how the user wants to see them. */
import type { Preferences } from '../media/preferences.ts'
import type { Call, Participant } from 'vidchat-kit'
import {
  arrangementOf,
  mainTile,
  OWN_TILE,
  type Arrangement,
  type Choices,
  type Tile,
} from './arrangement.ts'

export interface CallTile extends Tile {
  /** Whose camera or screen it is; undefined for our own camera. */
  readonly participant: Participant | undefined
  /** Whether it is a screen that has a tile beside that of their camera. */
  readonly isBeside: boolean
}

const OWN: CallTile = { key: OWN_TILE, participant: undefined, isScreen: false, isBeside: false }
/** Under this name the choice is remembered. */
const SPEAKER_VIEW = 'speaker-view'

export class TileLayout {
  readonly #call: Pick<Call, 'participants' | 'activeSpeaker' | 'state'>
  readonly #preferences: Pick<Preferences, 'choice' | 'setChoice'>
  #pinned = $state<string | undefined>()
  #isSpeakerView = $state(false)
  /** Whoever pauses is still large. */
  #lastSpeaker: string | undefined
  readonly #speaker = $derived.by(() => {
    this.#lastSpeaker = this.#call.activeSpeaker ?? this.#lastSpeaker
    return this.#lastSpeaker
  })
  readonly #tiles = $derived.by(() => [...this.#call.participants.flatMap(tilesOf), OWN])
  readonly #arrangement = $derived.by(() => arrangementOf(this.#tiles, this.#choices))
  readonly #main = $derived.by(() => mainTile(this.#tiles, this.#choices))

  constructor(
    call: Pick<Call, 'participants' | 'activeSpeaker' | 'state'>,
    preferences: Pick<Preferences, 'choice' | 'setChoice'>,
  ) {
    this.#call = call
    this.#preferences = preferences
    this.#isSpeakerView = preferences.choice(SPEAKER_VIEW) ?? false
  }

  /** Everyone’s camera, each with the screen after it. Our own is the last one. */
  get tiles(): readonly CallTile[] {
    return this.#tiles
  }

  get arrangement(): Arrangement {
    return this.#arrangement
  }

  /** The tile that matters most, also if it is not large. */
  get main(): CallTile {
    return this.#tiles.find(({ key }) => key === this.#main) ?? OWN
  }

  /** The key of the tile that the user made large. */
  get pinned(): string | undefined {
    return this.#pinned
  }

  /** Whether whoever speaks is large in a call of several. */
  get isSpeakerView(): boolean {
    return this.#isSpeakerView
  }

  /** The choice is remembered for other calls. */
  setSpeakerView(on: boolean): void {
    this.#isSpeakerView = on
    this.#pinned = undefined
    this.#preferences.setChoice(SPEAKER_VIEW, on)
  }

  /** Makes a tile large, or no longer. */
  togglePin(key: string): void {
    this.#pinned = key === this.#pinned ? undefined : key
  }

  get #choices(): Choices {
    return {
      isTalking: this.#call.state.name === 'talking',
      pinned: this.#pinned,
      isSpeakerView: this.#isSpeakerView,
      speaker: this.#speaker,
    }
  }
}

function tilesOf(participant: Participant): CallTile[] {
  const { id, screenStream, screenReplacesCamera } = participant
  const camera = { key: id, participant, isScreen: screenReplacesCamera, isBeside: false }
  if (!screenStream) return [camera]
  return [camera, { key: `${id} screen`, participant, isScreen: true, isBeside: true }]
}
