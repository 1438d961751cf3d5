import { describe, expect, it } from 'vitest'
import { gridBoxes, gridOf, spotlightBoxes, type Box } from './tile-boxes.ts'

const desktop = { start: 0, top: 0, width: 1248, height: 690 }
const phone = { start: 0, top: 0, width: 390, height: 748 }
const smallPhone = { start: 0, top: 0, width: 320, height: 544 }
const phoneOnItsSide = { start: 0, top: 0, width: 770, height: 390 }
const areas = { desktop, phone, smallPhone, phoneOnItsSide }
const counts = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16]

describe('a grid', () => {
  it.each([
    ['desktop', 1, 1, 1],
    ['desktop', 2, 2, 1],
    ['desktop', 3, 2, 2],
    ['desktop', 4, 2, 2],
    ['desktop', 5, 3, 2],
    ['desktop', 6, 3, 2],
    ['desktop', 7, 3, 3],
    ['desktop', 8, 3, 3],
    ['phone', 2, 1, 2],
    ['phone', 3, 1, 3],
    ['phone', 4, 2, 2],
    ['phone', 5, 2, 3],
    ['phone', 6, 2, 3],
    ['phone', 7, 2, 4],
    ['phone', 8, 2, 4],
    ['smallPhone', 4, 2, 2],
    ['phoneOnItsSide', 3, 2, 2],
    ['phoneOnItsSide', 4, 2, 2],
    ['phoneOnItsSide', 6, 3, 2],
    ['phoneOnItsSide', 8, 3, 3],
  ] as const)('on a %s of %i has %i columns and %i rows', (area, count, columns, rows) => {
    expect(gridOf(count, areas[area], 4)).toMatchObject({ columns, rows })
  })

  it('fills the area of a call of four', () => {
    expect(gridBoxes(4, { start: 0, top: 0, width: 1212, height: 692 }, 12)).toEqual([
      { start: 0, top: 0, width: 600, height: 340 },
      { start: 612, top: 0, width: 600, height: 340 },
      { start: 0, top: 352, width: 600, height: 340 },
      { start: 612, top: 352, width: 600, height: 340 },
    ])
  })

  it('has a last row in the middle', () => {
    const [, , last] = gridBoxes(3, { start: 10, top: 20, width: 1212, height: 692 }, 12)
    expect(last).toEqual({ start: 10 + 306, top: 20 + 352, width: 600, height: 340 })
  })

  it('has no tile that is too tall or too wide for a camera', () => {
    for (const area of Object.values(areas)) {
      for (const count of counts) {
        const { width, height } = gridOf(count, area, 4).tile
        expect(width / height).toBeGreaterThan(0.74)
        expect(width / height).toBeLessThan(2.03)
      }
    }
  })
})

describe('a spotlight', () => {
  it('has the others beside it on a desktop, and below it on a phone', () => {
    const [large, other] = spotlightBoxes(4, desktop, 12) as [Box, Box]
    expect(other.start).toBeGreaterThan(large.start + large.width)
    const [above, below] = spotlightBoxes(4, phone, 4) as [Box, Box]
    expect(below.top).toBeGreaterThan(above.top + above.height)
  })

  it('has most of the area', () => {
    for (const area of Object.values(areas)) {
      const [{ width, height }] = spotlightBoxes(8, area, 4) as [Box]
      expect(width * height).toBeGreaterThan(0.6 * area.width * area.height)
    }
  })

  it('alone has all of it', () => {
    expect(spotlightBoxes(1, phone, 4)).toEqual([phone])
  })
})

describe.each([
  ['grid', gridBoxes],
  ['spotlight', spotlightBoxes],
])('the boxes of a %s', (_, boxesOf) => {
  it.each(Object.entries(areas))('on a %s are inside, and do not overlap', (_, area) => {
    for (const count of counts) {
      const boxes = boxesOf(count, area, 4)
      expect(boxes).toHaveLength(count)
      for (const [index, box] of boxes.entries()) {
        expect(isInside(box, area), `${count}: ${JSON.stringify(box)}`).toBe(true)
        expect(boxes.slice(index + 1).some((other) => overlaps(box, other))).toBe(false)
      }
    }
  })

  it('are no error in an area of no size, as it is before it is measured', () => {
    const nowhere = { start: 0, top: 0, width: 0, height: 0 }
    for (const { width, height } of boxesOf(3, nowhere, 12)) {
      expect(Number.isFinite(width) && Number.isFinite(height)).toBe(true)
    }
  })
})

/** But for half a pixel, since boxes begin at whole ones. */
function isInside(box: Box, area: Box): boolean {
  return (
    box.width > 0 &&
    box.height > 0 &&
    box.start >= area.start - 0.5 &&
    box.top >= area.top - 0.5 &&
    box.start + box.width <= area.start + area.width + 0.5 &&
    box.top + box.height <= area.top + area.height + 0.5
  )
}

function overlaps(one: Box, other: Box): boolean {
  return (
    one.start < other.start + other.width &&
    other.start < one.start + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  )
}
