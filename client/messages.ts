import { parse, type Token } from '@messageformat/parser'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

/** A message of a catalog, as src/language/format.ts understands it. */
type Compiled = string | CompiledPart[]
type CompiledPart =
  | string
  | 0
  | [argument: string]
  | [argument: string, kind: string, cases: Record<string, Compiled>]

export type Messages = Record<string, string>

/** What a page needs at once, and what comes with the call: the topics of each part. */
export const PARTS = {
  landing: ['page', 'landing', 'invitation', 'offline'],
  call: ['page', 'lobby', 'devices', 'unavailable'],
  later: [
    'offline',
    ...['state', 'lock', 'end', 'media', 'people', 'tile', 'security', 'controls', 'invite'],
    ...['settings', 'sound', 'screen', 'data', 'notice', 'announce', 'chat', 'reaction', 'files'],
    ...['quality', 'check'],
  ],
} as const satisfies Record<string, readonly string[]>

/** Where the catalogs are: one for each language, which its name says. */
const folder = fileURLToPath(new URL('src/language/messages/', import.meta.url))

export const catalogOf = (language: string): Messages =>
  JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as Messages

export const languages: string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', ''))

export const topicOf = (key: string): string => key.replace(/\..*/, '')

/** The plural categories that a language has. */
const categories = (language: string, type: Intl.PluralRuleType) =>
  new Intl.PluralRules(language, { type }).resolvedOptions().pluralCategories

/** The syntax tree of a message; throws if it is malformed, or has a plural the language lacks. */
export function tokensOf(message: string, language: string): Token[] {
  return parse(message, {
    strict: true,
    cardinal: categories(language, 'cardinal'),
    ordinal: categories(language, 'ordinal'),
  })
}

export function compile(message: string, language: string): Compiled {
  return compileTokens(tokensOf(message, language))
}

function compileTokens(tokens: readonly Token[]): Compiled {
  const parts = tokens.map(compileToken)
  if (parts.every((part) => typeof part === 'string')) return parts.join('')
  return parts
}

function compileToken(token: Token): CompiledPart {
  switch (token.type) {
    case 'content':
      return token.value
    case 'octothorpe':
      return 0
    case 'argument':
      return [token.arg]
    case 'function':
      throw new Error(`{${token.arg}, ${token.key}} is not supported: pass the formatted value`)
    default: {
      if (token.pluralOffset) throw new Error('offset: is not supported')
      const cases = token.cases.map(({ key, tokens }) => [key, compileTokens(tokens)] as const)
      return [token.arg, token.type, Object.fromEntries(cases)]
    }
  }
}

/** The compiled messages of a part. Throws if one is missing: a page would lack a text. */
export function compiledPart(language: string, part: keyof typeof PARTS): Record<string, Compiled> {
  const topics: readonly string[] = PARTS[part]
  const translated = catalogOf(language)
  const keys = Object.keys(catalogOf('en')).filter((key) => topics.includes(topicOf(key)))
  return Object.fromEntries(
    keys.map((key) => {
      const message = translated[key]
      if (!message) throw new Error(`${language}.json has no ${key}: translate it`)
      return [key, compile(message, language)]
    }),
  )
}

const PREFIX = 'virtual:messages/'

/**
 * Compiles the catalogs, so that no parser is in the page: `virtual:messages/call` has a function
 * for each language that loads its messages of that part, which are a file of their own.
 */
export const messages: Plugin = {
  name: 'messages',
  resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
  load(id) {
    if (!id.startsWith(`\0${PREFIX}`)) return undefined
    const [part, language] = id.slice(PREFIX.length + 1).split('/') as [
      keyof typeof PARTS,
      string | undefined,
    ]
    if (!language) {
      const loaders = languages.map((each) => `${each}: () => import('${PREFIX}${part}/${each}')`)
      return `export default { ${loaders.join(', ')} }`
    }
    for (const each of new Set([language, 'en'])) this.addWatchFile(join(folder, `${each}.json`))
    return `export default ${JSON.stringify(compiledPart(language, part))}`
  },
}

/**
 * The name of a file of messages, which says its language and its part; others have theirs. The
 * service worker keeps those of the languages that are used.
 */
export function chunkFileName({ facadeModuleId }: { facadeModuleId?: string | null }): string {
  const [part, language] = facadeModuleId?.split(PREFIX)[1]?.split('/') ?? []
  return language ? `assets/messages-${part}-${language}-[hash].js` : 'assets/[name]-[hash].js'
}

/** The source of src/language/catalog.ts: every key with the values that its message takes. */
export function catalogTypes(): string {
  const lines = Object.entries(catalogOf('en')).map(([key, message]) => {
    const values = [...argumentsOf(tokensOf(message, 'en'))].sort()
    const types = values.map(([name, type]) => `${name}: ${type}`).join('; ')
    return `  '${key}': ${types ? `{ ${types} }` : 'NoValues'}`
  })
  return [
    '/** Generated from messages/en.json by `npm run messages`: every key with its values. */',
    'export type NoValues = Record<never, never>',
    '',
    'export interface Catalog {',
    ...lines,
    '}',
    '',
  ].join('\n')
}

/** The values of a message, by name, with their types. */
export function argumentsOf(tokens: readonly Token[]): Map<string, 'number' | 'string | number'> {
  const found = new Map<string, 'number' | 'string | number'>()
  for (const token of tokens) {
    if (token.type === 'content' || token.type === 'octothorpe') continue
    const isNumber = token.type === 'plural' || token.type === 'selectordinal'
    if (isNumber || !found.has(token.arg))
      found.set(token.arg, isNumber ? 'number' : 'string | number')
    if (!('cases' in token)) continue
    for (const each of token.cases)
      for (const [name, type] of argumentsOf(each.tokens))
        if (!found.has(name)) found.set(name, type)
  }
  return found
}
