/** Which tile of a call is large, and where the others are. */

export interface Tile {
  /** Identifies it among the tiles of a call. */
  readonly key: string
  /** Whether it shows a shared screen. */
  readonly isScreen: boolean
}

export type Arrangement =
  /** Until somebody else is seen, one’s own camera fills the page. */
  | { readonly name: 'alone'; readonly large: string }
  /** One of two cameras is in a corner of the other. */
  | { readonly name: 'pair'; readonly large: string }
  | { readonly name: 'grid' }
  /** One tile is large, and all others are beside it. */
  | { readonly name: 'spotlight'; readonly large: string }

export interface Choices {
  /** Whether somebody else is seen or heard. */
  readonly isTalking: boolean
  /** The tile that the user made large. */
  readonly pinned: string | undefined
  /** Whether whoever speaks is large in a call of several. */
  readonly isSpeakerView: boolean
  /** The tile of whoever spoke last. */
  readonly speaker: string | undefined
}

/** The key of the tile with one’s own camera; no member of a call has this id. */
export const OWN_TILE = ''

/** Where the tiles are. The last one is one’s own. */
export function arrangementOf(tiles: readonly Tile[], choices: Choices): Arrangement {
  const chosen = pinnedOf(tiles, choices)
  if (tiles.length <= 2) {
    if (!choices.isTalking || tiles.length < 2) return { name: 'alone', large: OWN_TILE }
    return { name: 'pair', large: chosen ?? mainTile(tiles, choices) }
  }
  const large = chosen ?? tiles.find(({ isScreen }) => isScreen)?.key
  if (large !== undefined) return { name: 'spotlight', large }
  if (!choices.isSpeakerView) return { name: 'grid' }
  return { name: 'spotlight', large: mainTile(tiles, choices) }
}

/** The tile that matters most: pinned, else a screen, else whoever spoke last. */
export function mainTile(tiles: readonly Tile[], choices: Choices): string {
  const screen = tiles.find(({ isScreen }) => isScreen)?.key
  const speaker = tiles.find(({ key }) => key === choices.speaker)?.key
  return pinnedOf(tiles, choices) ?? screen ?? speaker ?? tiles[0]?.key ?? OWN_TILE
}

/** Whoever is pinned may have left. */
const pinnedOf = (tiles: readonly Tile[], { pinned }: Choices) =>
  tiles.find(({ key }) => key === pinned)?.key
