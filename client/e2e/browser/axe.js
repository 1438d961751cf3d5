// What axe says of a page.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const desktop = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }

/** How pages are looked at. */
export const looks = [
  { colorScheme: 'light', viewport: desktop, reducedMotion: 'reduce' },
  { colorScheme: 'dark', viewport: phone, reducedMotion: 'reduce' },
]

/** Checks what a person sees: no serious and no critical violation, and no faults. */
export async function check(person, state) {
  if (!(await person.page.evaluate(() => 'axe' in window))) await person.page.evaluate(axe)
  const violations = await person.page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
  assert.deepEqual(violations, [], state)
  assert.deepEqual(person.faults, [], state)
}

/** The same in every look, one after the other. */
export async function checkLooks(person, state) {
  for (const { viewport, ...media } of looks) {
    await person.page.emulateMedia(media)
    await person.page.setViewportSize(viewport)
    await person.page.evaluate(drawn)
    await check(person, `${state}, ${media.colorScheme}`)
  }
}

// Runs in the page: waits until it is drawn in its new colours. Nothing fades, or axe would
// see colours in between: whoever wants less motion gets none.
async function drawn() {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  const fading = document.getAnimations().filter((each) => each instanceof CSSTransition)
  if (fading.length > 0) throw new Error(`${fading.length} transitions despite reduced motion`)
}
