import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** What belongs to the screen, whatever the direction of its text is. */
const ALLOWED: Record<string, string> = {
  '--safe-left: env(safe-area-inset-left, 0px)': 'the left edge of the screen',
  '--safe-right: env(safe-area-inset-right, 0px)': 'the right edge of the screen',
  '--safe-start: var(--safe-left)': 'for text from left to right',
  '--safe-end: var(--safe-right)': 'for text from left to right',
  '--safe-start: var(--safe-right)': 'for text from right to left',
  '--safe-end: var(--safe-left)': 'for text from right to left',
}

/** A property of one side, and a value that names one or moves along the line. */
const ONE_SIDE = /(?:^|-)(?:left|right)(?:-|$)/
const DIRECTED_VALUE =
  /(?<![\w-])(?:left|right)(?![\w-])|translate(?:3d|X)?\((?!0\b)|--safe-(?:left|right)/

const src = fileURLToPath(new URL('..', import.meta.url))
const ERROR_PAGE = '../../internal/web/errorpage/error.css'
const files = [
  ...readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(?:svelte|css)$/.test(file),
  ),
  ERROR_PAGE,
]

/** The declarations of a stylesheet, without its comments. */
function declarationsOf(css: string): { property: string; value: string }[] {
  const found = css
    .replace(/\/\*[^]*?\*\//g, '')
    .matchAll(/(?<=[{;]\s*)([\w-]+)\s*:\s*([^;{}]+)(?=[;}])/g)
  return [...found].map(([, property = '', value = '']) => ({
    property,
    value: value.replace(/\s+/g, ' ').trim(),
  }))
}

/** The declarations that a page from right to left does not mirror. */
function physicalIn(css: string): string[] {
  return declarationsOf(css)
    .filter(({ property, value }) => {
      if (`${property}: ${value}` in ALLOWED) return false
      const sides = sidesOf(property, value)
      if (sides) return sides[0] !== sides[1]
      return ONE_SIDE.test(property) || DIRECTED_VALUE.test(value) || property === 'translate'
    })
    .map(({ property, value }) => `${property}: ${value}`)
}

/** What a shorthand of four sides or corners says of the left and of the right. */
function sidesOf(property: string, value: string): [string, string] | undefined {
  if (!/^(?:margin|padding|inset|border-(?:width|style|color|radius))$/.test(property)) return
  const edges = value.replaceAll(/safe-(?:area-inset-)?(?:left|right)/g, 'edge')
  const [first = '', second = first, third = first, fourth = second] = split(edges)
  return property === 'border-radius'
    ? [`${first} ${fourth}`, `${second} ${third}`]
    : [fourth, second]
}

/** At spaces outside brackets. */
const split = (value: string) =>
  value.match(/(?:\((?:[^()]|\([^()]*(?:\([^()]*\))?\))*\)|[^\s(])+/g) ?? []

it.each(files)('%s has logical properties', (file) => {
  const text = readFileSync(src + file, 'utf8')
  const [, style] = /<style>([^]*)<\/style>/.exec(text) ?? []
  expect(physicalIn(file.endsWith('.css') ? text : (style ?? ''))).toEqual([])
})

describe('is a declaration of one side:', () => {
  it.each([
    'margin-left: 4px',
    'border-top-right-radius: 4px',
    'right: 0',
    'text-align: left',
    'transition: right 1s',
    'background: linear-gradient(to right, red, blue)',
    'transform: translateX(-50%)',
    'padding: 0 40px 0 46px',
    'inset: 8px calc(8px + var(--a)) 8px auto',
    'border-radius: 4px 14px 14px',
    'width: calc(1px + var(--safe-left))',
  ])('%s', (declaration) => {
    expect(physicalIn(`a { ${declaration}; }`)).toEqual([declaration])
  })
})

describe('is none:', () => {
  it.each([
    'margin-inline-start: 4px',
    'text-align: end',
    'inset: auto 0 18px',
    'border-radius: 24px 24px 0 0',
    'padding: calc(20px + var(--a)) calc(24px + var(--safe-right)) 0 calc(24px + var(--safe-left))',
    'transform: translateY(12px) scale(0.6)',
  ])('%s', (declaration) => {
    expect(physicalIn(`a { ${declaration}; }`)).toEqual([])
  })
})
