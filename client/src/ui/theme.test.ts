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
