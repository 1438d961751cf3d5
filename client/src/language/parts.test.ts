import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { catalogOf, PARTS, topicOf } from '../../messages.ts'

const src = new URL('..', import.meta.url)
const topics = [...new Set(Object.keys(catalogOf('en')).map(topicOf))]
const KEY = new RegExp(`['\`]((?:${topics.join('|')})\\.[^'\`\\n]*)['\`]`, 'g')

/** What an import statement names, apart from types: those that are left when it is compiled. */
const IMPORT = /^\s*(?:import|export)(?! type)(?:\s[^'"`;]*?from)?\s*'(\.[^']+)'/gm

/** The scripts of a page that are loaded before anything is shown: what its first one imports. */
function firstScripts(entry: string): string[] {
  const found = new Set<string>()
  const queue = [new URL(entry, src)]
  for (let file; (file = queue.pop());) {
    if (found.has(file.href) || file.pathname.endsWith('.css')) continue
    found.add(file.href)
    const source = readFileSync(file, 'utf8')
    for (const [, path = ''] of source.matchAll(IMPORT)) queue.push(new URL(path, file))
  }
  return [...found]
}

/** The topics that these scripts use and that are loaded later, each with its script. */
function topicsOfOthers(entry: string, part: keyof typeof PARTS): string[] {
  const own: readonly string[] = PARTS[part]
  const used = firstScripts(entry).flatMap((href) => {
    const keys = readFileSync(new URL(href), 'utf8').matchAll(KEY)
    const foreign = [...keys]
      .map(([, key = '']) => topicOf(key))
      .filter((each) => !own.includes(each))
    return foreign.map((topic) => `${href.slice(src.href.length)}: ${topic}`)
  })
  return [...new Set(used)].sort()
}

it('the landing page shows messages of its own part', () => {
  expect(firstScripts('landing/main.ts')).toContain(new URL('landing/Landing.svelte', src).href)
  expect(topicsOfOthers('landing/main.ts', 'landing')).toEqual([])
})

/** Messages that are empty before the call, where nobody may see them. */
const FROM_JOINING_ON = [
  // Shown after a try to join, which waits for them.
  'call/NotInCall.svelte: end',
  'call/NotInCall.svelte: lock',
  'call/NotInCall.svelte: state',
  // A sentence beside the note that comes with them.
  'call/PreJoin.svelte: offline',
  // Words for participants, of whom there are none before.
  'words/participant.ts: people',
  'words/participant.ts: security',
  'words/participant.ts: tile',
]

it('the call page shows messages of its own part before a call', () => {
  expect(firstScripts('call/main.ts')).toContain(new URL('call/PreJoin.svelte', src).href)
  expect(topicsOfOthers('call/main.ts', 'call')).toEqual(FROM_JOINING_ON)
})
