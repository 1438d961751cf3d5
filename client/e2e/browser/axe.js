// What axe says of a page, in each way to look at it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { checkFits, isFull, narrow, windows } from './fits.js'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const desktop = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }

/** How pages are looked at: in each colour scheme, size and direction, or in all that there is. */
const looks = [
  { colorScheme: 'light', viewport: desktop, direction: 'ltr' },
  { colorScheme: 'dark', viewport: phone, direction: 'rtl' },
  ...(isFull
    ? [
        { colorScheme: 'dark', viewport: phone, direction: 'ltr' },
        { colorScheme: 'dark', viewport: desktop, direction: 'rtl' },
      ]
    : []),
]

/** Checks what a person sees: no violation and no faults. */
export async function check(person, state) {
  if (!(await person.page.evaluate(() => 'axe' in window))) await person.page.evaluate(axe)
  const violations = await person.page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] })
    return violations.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`,
    )
  })
  assert.deepEqual(violations, [], state)
  assert.deepEqual(person.faults, [], state)
}

/**
 * The same in every look, one after the other, and whether it fits small windows, the
 * narrowest of them in either direction.
 */
export async function checkLooks(person, state) {
  const { page } = person
  const before = page.viewportSize()
  for (const { colorScheme, viewport, direction } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize(viewport)
    await page.evaluate(turn, direction)
    await page.evaluate(drawn)
    await check(person, `${state}, ${colorScheme}, ${direction}`)
  }
  // The last look was from right to left.
  await checkFits(person, `${state}, rtl`, isFull ? windows : [narrow])
  await page.evaluate(turn, 'ltr')
  await checkFits(person, state)
  await page.setViewportSize(before)
}

// Runs in the page: has it written in this direction, whatever its language is.
function turn(direction) {
  document.documentElement.dir = direction
}

// Runs in the page: waits until it is drawn in its new colours. Nothing fades, or axe would
// see colours in between: whoever wants less motion gets none.
async function drawn() {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  const fading = document.getAnimations().filter((each) => each instanceof CSSTransition)
  if (fading.length > 0) throw new Error(`${fading.length} transitions despite reduced motion`)
}
