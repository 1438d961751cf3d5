import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** What chat programs show of a link. They run no script, and never see its fragment. */
describe.each(['index.html', 'call/index.html'])('the page %s', (page) => {
  const html = readFileSync(page, 'utf8')

  it.each([
    'name="description"',
    'property="og:type"',
    'property="og:site_name"',
    'property="og:title"',
    'property="og:description"',
  ])('has a text for %s', (attribute) => {
    expect(html).toMatch(new RegExp(`<meta\\s+${attribute}\\s+content="\\w[^"]+"`))
  })
})
