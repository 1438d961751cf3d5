// Whether a page fits its window: nothing is cut off or covered, and the keyboard reaches everything.
import assert from 'node:assert/strict'

/** With E2E_LOOKS=full, every state of a page is looked at in every way. */
export const isFull = process.env.E2E_LOOKS === 'full'

/** A small phone. */
export const narrow = { name: '320 pixels wide', viewport: { width: 320, height: 568 } }

/** A laptop whose text alone is twice as large. */
export const largeText = {
  name: '200 % text',
  viewport: { width: 1280, height: 720 },
  text: '200%',
}

/** And one at 200 % zoom. */
export const windows = [
  narrow,
  { name: '200 % zoom', viewport: { width: 640, height: 360 } },
  largeText,
]

/** Checks what a person sees in each of these windows. */
export async function checkFits({ page }, state, within = windows) {
  const before = page.viewportSize()
  const faults = []
  for (const { name, viewport, text = '' } of within) {
    await page.setViewportSize(viewport)
    await page.evaluate((size) => (document.documentElement.style.fontSize = size), text)
    // Only a key has the focus shown.
    await page.keyboard.press('Tab')
    for (const fault of await page.evaluate(faultsOfLayout)) faults.push(`${name}: ${fault}`)
  }
  await page.evaluate(() => (document.documentElement.style.fontSize = ''))
  await page.setViewportSize(before)
  assert.deepEqual(faults, [], state)
}

// Runs in the page: what is too wide, cut off, covered, or out of reach.
async function faultsOfLayout() {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  const faults = new Set()
  const root = document.documentElement
  // What is over the rest takes all focus, or goes away with it.
  const within = document.querySelector('dialog[open], .reactions') ?? document.body
  const focused = document.activeElement

  if (root.scrollWidth > innerWidth) faults.add(`the page is ${root.scrollWidth} pixels wide`)
  for (const element of within.querySelectorAll('*')) {
    // A reaction moves over the tile, and is gone after some seconds.
    if (isForReaders(element) || !isShown(element) || element.matches('.reaction')) continue
    lookForCuts(element)
    if (hasText(element)) lookAt(element, `text ${nameOf(element)}`, 'aside')
  }
  for (const control of within.querySelectorAll(
    'a[href], button, input, select, textarea, [tabindex="0"]',
  )) {
    if (!control.checkVisibility({ visibilityProperty: true }) || control.disabled) continue
    control.focus()
    if (document.activeElement !== control) faults.add(`${nameOf(control)} takes no focus`)
    lookAt(control, nameOf(control))
    const { outlineStyle, outlineWidth } = getComputedStyle(control)
    if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2)
      faults.add(`the focus of ${nameOf(control)} is not shown`)
  }
  focused?.focus()
  return [...faults]

  function isShown(element) {
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  }

  /** Only screen readers are told it. */
  function isForReaders(element) {
    for (let each = element; each; each = each.parentElement) {
      if (getComputedStyle(each).clipPath === 'inset(50%)') return true
    }
    return false
  }

  function hasText(element) {
    const nodes = [...element.childNodes]
    return nodes.some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '')
  }

  /** A name that does not fit ends with an ellipsis, but nothing else may. */
  function lookForCuts(element) {
    const { overflowX, textOverflow, display } = getComputedStyle(element)
    if (display === 'inline' || element instanceof SVGElement) return
    const isCut = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
    if (
      isCut &&
      overflowX !== 'visible' &&
      textOverflow !== 'ellipsis' &&
      !element.matches('input, select, textarea, pre')
    )
      faults.add(
        `${nameOf(element)} is ${element.scrollWidth} pixels wide in ${element.clientWidth}`,
      )
    if (element.matches('button, .button') && isOverrun(element))
      faults.add(`the text of ${nameOf(element)} does not fit`)
  }

  /** Reports whether its own text sticks out of it. */
  function isOverrun(element) {
    const box = element.getBoundingClientRect()
    return [...element.childNodes].some((node) => {
      if (node.nodeType !== Node.TEXT_NODE || node.data.trim() === '') return false
      const range = document.createRange()
      range.selectNodeContents(node)
      const { left, right, top, bottom } = range.getBoundingClientRect()
      return left < box.left || right > box.right || top < box.top || bottom > box.bottom
    })
  }

  /** Scrolls to it, and looks whether it can be seen there, but for what may be over it. */
  function lookAt(element, name, over = 'none') {
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const box = element.getBoundingClientRect()
    if (box.width === 0) return
    const { left, right, top, bottom } = box
    if (left < -1 || right > innerWidth + 1) faults.add(`${name} is at ${left} to ${right}`)
    const tall = bottom - top > innerHeight
    if (!tall && (top < -1 || bottom > innerHeight + 1))
      faults.add(`${name} is at ${top} to ${bottom} from the top`)
    const y = tall ? innerHeight / 2 : (top + bottom) / 2
    for (const share of [0.1, 0.5, 0.9]) {
      const there = document.elementsFromPoint(left + share * box.width, y).find(isShown)
      const isSeen = !there || element.contains(there) || there.contains(element)
      if (!isSeen && !there.closest(over)) faults.add(`${name} is covered by ${nameOf(there)}`)
    }
  }

  function nameOf(element) {
    const { tagName, ariaLabel, textContent, id } = element
    const text = ariaLabel || textContent.replace(/\s+/g, ' ').trim().slice(0, 30) || id
    const [kind] = (element.getAttribute('class') ?? '').split(' ')
    return `${tagName.toLowerCase()}${kind && !kind.startsWith('svelte') ? `.${kind}` : ''} “${text}”`
  }
}
