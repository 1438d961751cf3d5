// Measures the JavaScript that a page of the built client loads, gzipped, with
// every chunk its scripts import, and fails if the call page is over budget.
import { existsSync, readFileSync } from 'node:fs'
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

/** Names of the chunks that a script imports, statically or dynamically. */
function importsOf(script) {
  const code = readFileSync(join(dist, script), 'utf8')
  const named = [...code.matchAll(/["'`](\.{1,2}\/[\w./-]+\.js)["'`]/g)]
  return named.map((match) => posix.join(posix.dirname(script), match[1]))
}

function loadedBy(page) {
  const loaded = new Set()
  const queue = scriptsOf(page)
  for (let script; (script = queue.pop());) {
    if (loaded.has(script) || !existsSync(join(dist, script))) continue
    loaded.add(script)
    queue.push(...importsOf(script))
  }
  return [...loaded]
}

function gzippedSize(page) {
  const scripts = loadedBy(page)
  if (scripts.length === 0) throw new Error(`${page} loads no script`)
  return scripts.reduce((sum, script) => sum + gzipSync(readFileSync(join(dist, script))).length, 0)
}

for (const page of ['index.html', 'call/index.html']) {
  console.log(`${page}: ${(gzippedSize(page) / 1000).toFixed(1)} kB of JavaScript, gzipped`)
}
if (gzippedSize('call/index.html') > BUDGET) {
  console.error(`The call page may load ${BUDGET / 1000} kB at most.`)
  process.exit(1)
}
