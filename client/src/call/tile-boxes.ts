/** Where tiles are placed in their area. All sizes are in CSS pixels. */
interface Size {
  width: number
  height: number
}

export interface Box extends Size {
  /** The distance from where lines of text begin: on the right in Arabic. */
  start: number
  top: number
}

export interface Grid {
  columns: number
  rows: number
  /** The size of each tile. */
  tile: Size
}

interface Shape {
  /** The aspect ratio, width by height, for which pictures are as large as possible. */
  ideal: number
  /** Tiles fill their cells, but are no narrower than this, */
  narrow: number
}

const CAMERA = 16 / 9
/** and no wider than this. */
const WIDE = 2
/** Phones that are held upright show faces best in tiles that are about square. */
const shapeFor = ({ width, height }: Size): Shape => ({
  ideal: width < height ? 1 : CAMERA,
  narrow: 3 / 4,
})
/** In a column beside the large tile, little of a camera’s picture is cropped. */
const AT_SIDE: Shape = { ideal: 1, narrow: 4 / 3 }
/** The share of the area that the others get if one tile is large: beside it, and below it. */
const [SIDE_SHARE, LOW_SHARE, TALL_SHARE] = [0.2, 0.2, 0.33]
const [MIN_SIDE, MAX_SIDE] = [112, 280]

/** The space between tiles: less on phones. */
export const gapOf = ({ width, height }: Size) => (Math.min(width, height) < 600 ? 4 : 12)

/** The grid with the largest pictures. */
export function gridOf(count: number, area: Size, gap: number, shape = shapeFor(area)): Grid {
  const { ideal, narrow } = shape
  let best = cellsOf(count, 1, area, gap)
  for (let columns = 2; columns <= count; columns++) {
    const grid = cellsOf(count, columns, area, gap)
    if (fitted(grid.tile, ideal) > fitted(best.tile, ideal)) best = grid
  }
  const { width, height } = best.tile
  const tile = {
    width: Math.floor(Math.min(width, height * WIDE)),
    height: Math.floor(Math.min(height, width / narrow)),
  }
  return { ...best, tile }
}

function cellsOf(count: number, columns: number, { width, height }: Size, gap: number): Grid {
  const rows = Math.ceil(count / columns)
  const tile = {
    width: Math.max(0, (width - gap * (columns - 1)) / columns),
    height: Math.max(0, (height - gap * (rows - 1)) / rows),
  }
  return { columns, rows, tile }
}

/** The width of the largest picture of this aspect ratio in a cell. */
const fitted = ({ width, height }: Size, aspect: number) => Math.min(width, height * aspect)

/** Boxes of the same size, row by row, in the middle of the area. So is a last row that is not full. */
export function gridBoxes(count: number, area: Box, gap: number, shape = shapeFor(area)): Box[] {
  const { columns, rows, tile } = gridOf(count, area, gap, shape)
  const extent = (tiles: number, length: number) => tiles * (length + gap) - gap
  const top = area.top + (area.height - extent(rows, tile.height)) / 2
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns)
    const inRow = Math.min(columns, count - row * columns)
    const start = area.start + (area.width - extent(inRow, tile.width)) / 2
    return {
      start: Math.round(start + (index % columns) * (tile.width + gap)),
      top: Math.round(top + row * (tile.height + gap)),
      ...tile,
    }
  })
}

/**
 * One large box, and boxes for the others beside it or below it, whichever leaves more
 * space to a large picture. The first box is the large one.
 */
export function spotlightBoxes(count: number, area: Box, gap: number): Box[] {
  const { start, top, width, height } = area
  if (count < 2) return [area]
  const side = clamp(width * SIDE_SHARE, MIN_SIDE, MAX_SIDE)
  const low = height * (width < height ? TALL_SHARE : LOW_SHARE)
  const beside = { start, top, width: Math.max(0, width - side - gap), height }
  const above = { start, top, width, height: Math.max(0, height - low - gap) }
  if (fitted(beside, CAMERA) > fitted(above, CAMERA)) {
    const strip = { start: start + width - side, top, width: side, height }
    return [beside, ...gridBoxes(count - 1, strip, gap, AT_SIDE)]
  }
  const strip = { start, top: top + height - low, width, height: low }
  return [above, ...gridBoxes(count - 1, strip, gap, shapeFor(area))]
}

const clamp = (value: number, min: number, max: number) => Math.min(Math.max(value, min), max)
