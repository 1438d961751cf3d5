import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const COLOR =
  /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(|(?<![\w-])(?:white|black)(?![\w-])/gi

const src = fileURLToPath(new URL('..', import.meta.url))
const components = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.svelte'),
)

it.each(components)('%s takes its colors from theme.css', (file) => {
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(readFileSync(src + file, 'utf8')) ?? []
  expect(style.match(COLOR) ?? []).toEqual([])
})

it('every token that a component uses is defined', () => {
  const theme = readFileSync(src + 'ui/theme.css', 'utf8')
  const styles = components.map((file) => readFileSync(src + file, 'utf8')).join('') + theme
  const used = [...styles.matchAll(/var\((--[\w-]+)\)/g)].map(([, name = '']) => name)
  const undefinedTokens = used.filter((name) => !styles.includes(`${name}:`))
  expect(undefinedTokens).toEqual([])
})

/** The contrast of two colors, as WCAG 2 defines it. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => parseInt(color.slice(start, start + 2), 16) / 255)
    .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

it.each(['light', 'dark'])('the borders of fields stand out in %s', (scheme) => {
  const theme = readFileSync(src + 'ui/theme.css', 'utf8')
  const field = /\.field \{[^}]*border: 1px solid var\((--[\w-]+)\)/.exec(theme)?.[1] ?? ''
  const colorOf = (token: string) => {
    const values = [...theme.matchAll(new RegExp(`${token}: (#[0-9a-f]{6})`, 'g'))]
    return (scheme === 'light' ? values[0] : values.at(-1))?.[1] ?? ''
  }
  for (const background of ['--background', '--surface']) {
    expect(contrast(colorOf(field), colorOf(background)), background).toBeGreaterThanOrEqual(3)
  }
})

it('one of the colors of the ring on a video stands out from whatever is below it', () => {
  const theme = readFileSync(src + 'ui/theme.css', 'utf8')
  const [ring = '', edge = ''] = ['--focus-on-video', '--focus-edge-on-video'].map(
    (token) => new RegExp(`${token}: (#[0-9a-f]{6})`).exec(theme)?.[1] ?? '',
  )
  for (let grey = 0; grey < 256; grey++) {
    const below = `#${grey.toString(16).padStart(2, '0').repeat(3)}`
    expect(Math.max(contrast(ring, below), contrast(edge, below)), below).toBeGreaterThanOrEqual(3)
  }
})
