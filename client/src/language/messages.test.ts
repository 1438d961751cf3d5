import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { argumentsOf, catalogOf, languages, PARTS, tokensOf, topicOf } from '../../messages.ts'
import { LANGUAGES } from './languages.ts'

const english = catalogOf('en')
const keys = Object.keys(english)
/** Media problems differ by what is affected and what still works: any of their texts may say so. */
const OPTIONAL: Record<string, string[]> = { media: ['which', 'works'] }

const src = new URL('..', import.meta.url)
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(?:svelte|ts)$/.test(file) && !/\.test\.ts$|^language\/catalog/.test(file))
  .map((file) => readFileSync(new URL(file, src), 'utf8'))
  .join('\n')

const topics = [...new Set(keys.map(topicOf))]

/** A pattern for each key in the code, in which `${…}` stands for a part. */
const used = [
  ...sources.matchAll(new RegExp(`'((?:${topics.join('|')})\\.[^'\\n]*)'`, 'g')),
  ...sources.matchAll(new RegExp(`\`((?:${topics.join('|')})\\.[^\`\\n]*)\``, 'g')),
].map(([, key = '']) => {
  const parts = key.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.'))
  return new RegExp(`^${parts.join('[\\w-]+')}$`)
})

it('every message is used', () => {
  expect(keys.filter((key) => !used.some((pattern) => pattern.test(key)))).toEqual([])
})

it('every language has a catalog, and every topic a part', () => {
  expect(languages.toSorted()).toEqual(Object.keys(LANGUAGES).toSorted())
  const inParts: string[] = Object.values(PARTS).flat()
  expect(topics.filter((topic) => !inParts.includes(topic))).toEqual([])
})

describe.each(languages)('the catalog of %s', (language) => {
  const catalog = catalogOf(language)
  const messages = Object.entries(catalog)

  it('has the messages of the English one, and no others', () => {
    expect(keys.filter((key) => !catalog[key])).toEqual([])
    expect(messages.map(([key]) => key).filter((key) => !(key in english))).toEqual([])
  })

  it('has them in its order, so that they can be compared', () => {
    expect(messages.map(([key]) => key)).toEqual(keys)
  })

  it('is well-formed, with the plurals that the language has', () => {
    const wrong = messages.flatMap(([key, message]) => {
      try {
        tokensOf(message, language)
        return []
      } catch (error) {
        return [`${key}: ${(error as Error).message}`]
      }
    })
    expect(wrong).toEqual([])
  })

  it('distinguishes every plural of the language', () => {
    const wrong = messages.flatMap(([key, message]) =>
      missingCases(message, language).map((category) => `${key}: ${category}`),
    )
    expect(wrong).toEqual([])
  })

  it('says the values that the English messages say', () => {
    const wrong = messages.flatMap(([key, message]) => {
      const [own, theirs] = [valuesIn(message, language), valuesIn(english[key] ?? '', 'en')]
      const may = [...theirs.all, ...(OPTIONAL[topicOf(key)] ?? [])]
      const lost = theirs.said.filter((name) => !own.all.includes(name))
      const unknown = own.all.filter((name) => !may.includes(name))
      return [...lost, ...unknown].map((name) => `${key}: {${name}}`)
    })
    expect(wrong).toEqual([])
  })

  it('has typographic apostrophes, since the others are syntax', () => {
    expect(messages.filter(([, message]) => message.includes("'")).map(([key]) => key)).toEqual([])
  })

  it('has no spaces at an end', () => {
    expect(messages.filter(([, text]) => text !== text.trim()).map(([key]) => key)).toEqual([])
  })
})

/** The values of a message, and those of them that it shows, in some case. */
function valuesIn(message: string, language: string): { all: string[]; said: string[] } {
  const tokens = tokensOf(message, language)
  const all = [...argumentsOf(tokens)]
  return {
    all: all.map(([name]) => name),
    said: all.filter(([name]) => message.includes(`{${name}}`)).map(([name]) => name),
  }
}

/** The plural categories of a language that a message with plurals does not tell apart. */
function missingCases(message: string, language: string): string[] {
  return tokensOf(message, language).flatMap((token) => {
    if (token.type !== 'plural' && token.type !== 'selectordinal') return []
    // A message may be the same for all numbers.
    const present = token.cases.map(({ key }) => key)
    if (present.every((key) => key === 'other')) return []
    const type = token.type === 'plural' ? 'cardinal' : 'ordinal'
    const { pluralCategories } = new Intl.PluralRules(language, { type }).resolvedOptions()
    return pluralCategories.filter((category) => !present.includes(category))
  })
}
