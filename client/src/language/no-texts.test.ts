import { readdirSync, readFileSync } from 'node:fs'
import { parse, type AST } from 'svelte/compiler'
import { expect, it } from 'vitest'

/** Attributes that people read or hear. Those of our components are among them. */
const READ = new Set([
  ...['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'title'],
  ...['alt', 'placeholder', 'label', 'hint', 'text', 'content'],
])
const LETTER = /\p{Letter}/u
/** What is the same in every language: keys of the keyboard. */
const ALLOWED = /^[A-Z]$/
/** Names of the browser's, and CSS. */
const NAMES = /^(?:Enter|Escape|Files|Space)$|^\(|[[\]]/
/** Two words in a row, or a word with a capital letter: a text rather than a name in the code. */
const SENTENCE = /\p{Letter}{2,}[,.:]? \p{Letter}{2,}|^\p{Lu}\p{Ll}+[.!?…]?$/u

const src = new URL('..', import.meta.url)
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
const components = files.filter((file) => file.endsWith('.svelte'))
/** What speaks to developers, who read English, and the names of languages in themselves. */
const NO_PAGE_TEXTS = /^(?:embed\/refusals\.ts$|testing\/|language\/languages\.ts$)/
const scripts = files.filter((file) => /(?<!\.test)\.ts$/.test(file) && !NO_PAGE_TEXTS.test(file))
const read = (file: string) => readFileSync(new URL(file, src), 'utf8')

interface Node {
  type: string
  [key: string]: unknown
}
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

/** The texts of a component's markup: those between its tags, and in attributes. */
function textsOf(fragment: AST.Fragment): string[] {
  const found: string[] = []
  visit(fragment as unknown as Node, (node) => {
    if (node.type === 'Text') found.push(String(node['data']))
    if (node.type === 'ExpressionTag') found.push(...stringsIn(node['expression']))
  })
  return found.map((text) => text.trim()).filter((text) => LETTER.test(text) && !ALLOWED.test(text))
}

/** Calls `see` with every node that people read something of. */
function visit(node: Node, see: (node: Node) => void): void {
  if (node.type === 'Attribute') {
    if (!READ.has(String(node['name']))) return
  } else if (node.type.endsWith('Directive') || node.type === 'AttachTag') return
  see(node)
  if (node.type === 'ExpressionTag') return
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, see)
}

/** Strings that an expression may become: not those that it passes to a function or compares. */
function stringsIn(expression: unknown): string[] {
  if (!isNode(expression)) return []
  switch (expression.type) {
    case 'Literal':
      return [String(expression['value'])]
    case 'TemplateLiteral':
      return (expression['quasis'] as { value: { raw: string } }[]).map(({ value }) => value.raw)
    case 'ConditionalExpression':
      return [...stringsIn(expression['consequent']), ...stringsIn(expression['alternate'])]
    case 'LogicalExpression':
    case 'BinaryExpression':
      if (/^[=!<>]/.test(String(expression['operator']))) return []
      return [...stringsIn(expression['left']), ...stringsIn(expression['right'])]
    default:
      return []
  }
}

/** Quoted strings of a script that look like texts; comments, errors and the console do not count. */
function sentencesOf(script: string): string[] {
  const code = script
    .replace(/\/\*.*?\*\/|(?<!:)\/\/.*$/gms, '')
    .replace(/(?:new Error|console\.\w+)\([^)]*\)/g, '')
  const strings = [...code.matchAll(/'([^'\n]*)'|`([^`]*)`/g)].map(
    ([, one, two]) => one ?? two ?? '',
  )
  return strings.filter((text) => SENTENCE.test(text) && !NAMES.test(text))
}

const scriptOf = (source: string) =>
  [...source.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, script]) => script).join('\n')

it('finds texts', () => {
  const found = (markup: string) => textsOf(parse(markup, { modern: true }).fragment)
  expect(found('<p>Hello</p>')).toEqual(['Hello'])
  expect(found('<button aria-label="Close" class="round"></button>')).toEqual(['Close'])
  expect(found("{#if a}<Toggle hint={on ? 'Mute' : t('devices.unmute')} />{/if}")).toEqual(['Mute'])
  expect(found("<p>{open ? 'Hide' : t('a.b')} {count} · {`${n} left`}</p>")).toEqual([
    'Hide',
    'left',
  ])
  expect(found("<p class={a ? 'b' : 'c'}>{state === 'on' ? '' : t('a.b')}</p>")).toEqual([])
  expect(sentencesOf("const a = 'You are muted'; const b = 'Muted'")).toHaveLength(2)
  expect(sentencesOf("const a = t('people.you') // You are 'not a text'")).toEqual([])
})

it.each(components)('%s has no text of its own', (file) => {
  const source = read(file)
  expect(textsOf(parse(source, { modern: true }).fragment)).toEqual([])
  expect(sentencesOf(scriptOf(source))).toEqual([])
})

it.each(scripts)('%s has no text of its own', (file) => {
  expect(sentencesOf(read(file))).toEqual([])
})
