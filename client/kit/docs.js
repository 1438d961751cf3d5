/**
 * Writes the API of the kit into docs/kit.md, from the types and doc comments of what
 * index.ts exports. docs.test.ts fails when that is not up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url))
export const DOCUMENT = pathOf('../../docs/kit.md')
const INDEX = pathOf('src/index.ts')
const MARKS = ['<!-- API: begin -->', '<!-- API: end -->']

/** The document as it should be. */
export function documented() {
  const text = readFileSync(DOCUMENT, 'utf8')
  const [begin, end] = MARKS.map((mark) => text.indexOf(mark))
  if (begin < 0 || end < begin)
    throw new Error(`${DOCUMENT} lacks the lines ${MARKS.join(' and ')}.`)
  return `${text.slice(0, begin + MARKS[0].length)}\n\n${api()}\n\n${text.slice(end)}`
}

function api() {
  const options = { strict: true, target: ts.ScriptTarget.ES2022, allowImportingTsExtensions: true }
  const program = ts.createProgram([INDEX], {
    ...options,
    noEmit: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  })
  const checker = program.getTypeChecker()
  const index = checker.getSymbolAtLocation(program.getSourceFile(INDEX))
  const all = checker.getExportsOfModule(index).map((symbol) => describe(checker, symbol))
  const start = readFileSync(INDEX, 'utf8').indexOf('// What a page builds on')
  const main = all.filter(({ place }) => place < start)
  const more = all.filter(({ place }) => place > start)
  const rows = more.map(({ name, kind, doc }) => `| \`${name}\` | ${kind} | ${cell(doc)} |`)
  return [
    '## API',
    ...main.map((each) => section(checker, each)),
    `## More\n\nvidchat's own page is built of these. They change more often than what is above.`,
    ['| name | | |', '|---|---|---|', ...rows.sort()].join('\n'),
  ].join('\n\n')
}

function describe(checker, exported) {
  const { Alias } = ts.SymbolFlags
  const symbol = exported.flags & Alias ? checker.getAliasedSymbol(exported) : exported
  const [node] = symbol.declarations
  const name = exported.getName()
  const place = exported.declarations[0].getStart()
  const doc = docOf(checker, symbol)
  if (!doc) throw new Error(`${name}, which the kit exports, has no doc comment.`)
  return { name, doc, place, kind: kindOf(node), node }
}

/** The order is that of index.ts: what is used first, and what it takes and returns. */
function section(checker, { name, doc, kind, node }) {
  const title = `### ${kind} \`${name}\``
  if (kind === 'type') return `${title}\n\n${doc}\n\n\`\`\`ts\n${definition(node)}\n\`\`\``
  if (kind === 'function') return `${title}\n\n\`${signature(node)}\`\n\n${doc}`
  const rows = membersOf(checker, node).map(
    ({ text, doc }) => `| \`${cell(text)}\` | ${cell(doc)} |`,
  )
  const base = node.heritageClauses?.[0]?.types[0]?.getText()
  const all =
    base && ts.isInterfaceDeclaration(node) ? `${doc} It also has all of \`${base}\`.` : doc
  return [title, all, ['| | |', '|---|---|', ...rows].join('\n')].join('\n\n')
}

function kindOf(node) {
  if (ts.isFunctionDeclaration(node)) return 'function'
  if (ts.isClassDeclaration(node)) return 'class'
  if (ts.isInterfaceDeclaration(node)) return 'interface'
  return ts.isTypeAliasDeclaration(node) ? 'type' : 'constant'
}

/** What is public of a class or an interface, and its own. */
function membersOf(checker, node) {
  if (!ts.isClassDeclaration(node) && !ts.isInterfaceDeclaration(node)) return []
  const isPublic = ({ name }) => name && !ts.isPrivateIdentifier(name)
  return node.members.filter(isPublic).map((member) => {
    const doc = docOf(checker, checker.getSymbolAtLocation(member.name))
    if (!doc) throw new Error(`${node.name.text}.${member.name.text} has no doc comment.`)
    return { text: signature(member), doc }
  })
}

/** A type as it is written, with the comments in it. */
const definition = (node) => node.getText().replace(/^export /, '')

/** A declaration without its body, in one line. */
function signature(node) {
  const { body } = node
  const text = body ? node.getText().slice(0, -body.getText().length) : node.getText()
  const line = text.replace(/^(export |async |readonly |get |function )+/, '').replace(/\s+/g, ' ')
  // Those who read a getter see a property.
  return (ts.isGetAccessor(node) ? line.replace('()', '') : line).trim()
}

function docOf(checker, symbol) {
  return ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .replace(/\s+/g, ' ')
    .trim()
}

const cell = (text) => text.replaceAll('|', '\\|')

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DOCUMENT, documented())
