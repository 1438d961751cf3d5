// Where the tiles of a call are.
import assert from 'node:assert/strict'

/** Asserts that the page has so many tiles, all in the window, and none over another. */
export async function tilesFit(person, count) {
  const { boxes, width, height } = await person.page.evaluate(() => ({
    boxes: [...document.querySelectorAll('.tile')].map((tile) => tile.getBoundingClientRect()),
    width: innerWidth,
    height: innerHeight,
  }))
  const found = JSON.stringify(boxes)
  assert.equal(boxes.length, count, found)
  for (const [index, box] of boxes.entries()) {
    const isInside = box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height
    assert.ok(isInside && box.width > 40 && box.height > 40, found)
    const others = boxes.slice(index + 1)
    assert.ok(!others.some((other) => overlap(box, other)), found)
  }
}

const overlap = (one, other) =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom

/** Waits until this tile is much larger than those of the others. */
export async function isLarge(person, name, others) {
  await person.page.waitForFunction(
    ([name, others]) => {
      const area = (label) => {
        const video = document.querySelector(`video[aria-label="${label}"]`)
        return video ? video.clientWidth * video.clientHeight : 0
      }
      return others.every((other) => area(name) > 3 * area(other))
    },
    [name, others],
  )
}
