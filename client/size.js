// Measures the JavaScript that a page of the built client needs before it shows
// anything, gzipped, with every chunk its scripts import, and fails if the call page
// is over budget. What a script loads later, with `import()`, is counted apart, except the
// messages of one language, the largest: nothing is shown without them.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const BUDGET = 60_000 // bytes
const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist')

/** Names of the scripts in a page’s HTML, preloads included. */
function scriptsOf(page) {
  const html = readFileSync(join(dist, page), 'utf8')
  return [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map((match) => match[1])
}

/** Names of the chunks that a script imports: statically, or all of them. */
function importsOf(script, lazily) {
  const code = readFileSync(join(dist, script), 'utf8')
  const named = [...code.matchAll(/(\bimport\()?["'`](\.{1,2}\/[\w./-]+\.js)["'`]/g)]
  const wanted = named.filter(([, dynamic]) => lazily || !dynamic)
  return wanted.map(([, , name]) => posix.join(posix.dirname(script), name))
}

/** The scripts of a page; `lazily` also those that are loaded later. */
function loadedBy(page, lazily) {
  const loaded = new Set()
  const queue = scriptsOf(page)
  for (let script; (script = queue.pop());) {
    if (loaded.has(script) || !existsSync(join(dist, script))) continue
    loaded.add(script)
    queue.push(...importsOf(script, lazily))
  }
  return [...loaded]
}

const gzipped = (script) => gzipSync(readFileSync(join(dist, script))).length
const isMessages = (script) => /\/messages-\w+-\w+-[\w-]+\.js$/.test(script)

function gzippedSize(page, lazily = false) {
  const scripts = loadedBy(page, lazily).filter((script) => !isMessages(script))
  if (scripts.length === 0) throw new Error(`${page} loads no script`)
  return scripts.reduce((sum, script) => sum + gzipped(script), 0)
}

/** The size of a part's messages in the language that has the largest. */
function messagesSize(part) {
  const names = readdirSync(join(dist, 'assets')).filter((name) =>
    name.startsWith(`messages-${part}-`),
  )
  if (names.length === 0) throw new Error(`There are no messages of the part ${part}`)
  return Math.max(...names.map((name) => gzipped(join('assets', name))))
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

const PAGES = { 'index.html': 'landing', 'call/index.html': 'call' }
const firstSize = (page) => gzippedSize(page) + messagesSize(PAGES[page])

for (const [page, part] of Object.entries(PAGES)) {
  const first = firstSize(page)
  const more = gzippedSize(page, true) - gzippedSize(page)
  const later = more > 0 ? `, and ${kB(more + messagesSize('later'))} later` : ''
  const words = `${kB(messagesSize(part))} are messages`
  console.log(`${page}: ${kB(first)} of JavaScript, gzipped, of which ${words}${later}`)
}
if (firstSize('call/index.html') > BUDGET) {
  console.error(`The call page may load ${BUDGET / 1000} kB at most.`)
  process.exit(1)
}
