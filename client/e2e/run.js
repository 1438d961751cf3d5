// Runs the test files of a suite, several at a time, and says how long each took:
//   node run.js protocol|browser [part of a file's name …]
// A slow file says why in a comment, "// Slow: …". Slow files start first, so that
// none of them is left running alone at the end.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { launchShared } from './browser/chromium.js'
import { builtEcho, builtServer } from './process.js'

/** What a suite needs before its files run, and how many of them run at a time. */
const suites = {
  protocol: { concurrency: 3, prepare: preparePrograms },
  browser: { concurrency: 3, prepare: prepareBrowser },
}

const [suiteName, ...parts] = process.argv.slice(2)
const suite = suites[suiteName]
if (!suite) throw new Error(`name a suite: ${Object.keys(suites).join(' or ')}`)

const end = await suite.prepare()
try {
  await runAll(findFiles())
} finally {
  await end()
}

function preparePrograms() {
  builtServer()
  builtEcho()
  return () => {}
}

async function prepareBrowser() {
  builtServer()
  const browser = await launchShared()
  process.env.E2E_BROWSER = browser.wsEndpoint()
  return () => browser.close()
}

function findFiles() {
  const folder = join(dirname(fileURLToPath(import.meta.url)), suiteName)
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.js'))
  const wanted = names.filter((name) => parts.every((part) => name.includes(part)))
  const files = wanted.map((name) => ({ name, path: join(folder, name), slow: why(folder, name) }))
  return [...files.filter(({ slow }) => slow), ...files.filter(({ slow }) => !slow)]
}

function why(folder, name) {
  return /^\/\/ Slow: (.*)$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1]
}

async function runAll(files) {
  const begun = Date.now()
  const waiting = [...files]
  const results = []
  const work = async () => {
    for (let file; (file = waiting.shift());) results.push(await runFile(file))
  }
  await Promise.all(Array.from({ length: suite.concurrency }, work))

  const sum = (key) => results.reduce((total, result) => total + result[key], 0)
  const failed = results.filter(({ fail }) => fail > 0)
  for (const { name, reasons } of failed) {
    console.log(`\nFailed: ${[name, ...reasons].join('\n  ')}`)
  }
  console.log(`\n${seconds(Date.now() - begun)}  ${results.length} files of ${suiteName}`)
  console.log(`${sum('pass')} passed, ${sum('fail')} failed`)
  if (failed.length > 0 || results.length === 0) process.exitCode = 1
}

/**
 * Runs one file and prints its time and measurements, and its whole output if it fails.
 * The reasons are printed once more at the end, where a long log is read first.
 */
async function runFile({ name, path, slow }) {
  const begun = Date.now()
  const counts = {}
  const measured = []
  const reasons = []
  const events = run({ files: [path] })
  events.on('test:diagnostic', ({ message, file }) => {
    const [, what, count] = /^(pass|fail|cancelled|skipped) (\d+)$/.exec(message) ?? []
    if (what) counts[what] = Number(count)
    else if (file) measured.push(`${' '.repeat(11)}${message}`)
  })
  events.on('test:fail', ({ name, details: { error } }) => {
    // Of a suite it says only that something in it failed.
    if (error.failureType !== 'subtestsFailed') reasons.push(`${name}: ${reasonOf(error)}`)
  })
  let output = ''
  for await (const text of events.compose(new spec())) output += text

  const fail = counts.fail + counts.cancelled + counts.skipped
  const mark = fail > 0 ? 'FAILED' : '✔'
  const note = slow ? `: ${slow}` : ''
  console.log([`${seconds(Date.now() - begun)}  ${mark} ${name}${note}`, ...measured].join('\n'))
  // Without the repetition at its end.
  if (fail > 0) console.log(`\n${output.replace(/\n✖ failing tests:[^]*/, '')}\n`)
  return { name, pass: counts.pass, fail, reasons }
}

/** The first lines of an error, and of what caused it. */
function reasonOf(error) {
  const causes = []
  for (let cause = error; cause; cause = cause.cause) causes.push(cause)
  const lines = causes.map(({ message = '' }) => message.split('\n').slice(0, 6).join(' '))
  return [...new Set(lines)].join(' | ')
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1).padStart(6)} s`
}
