// The client kit as npm packs it, and the example of docs/ built from that in a folder of
// its own, where nothing of this work tree is found by accident.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url))
const kit = pathOf('../../kit')
const tool = (name) => pathOf(`../../node_modules/.bin/${name}`)

/** Packs the kit, and installs it in a new folder as others do. */
export function installKit() {
  const folder = mkdtempSync(join(tmpdir(), 'vidchat-kit-'))
  const run = (command, args, cwd = folder) =>
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  run('npm', ['pack', '--silent', '--pack-destination', folder], kit)
  const [tarball] = readdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', `./${tarball}`])
  return {
    /** The names of the files in the package. */
    files: () => run('tar', ['--list', '--file', tarball]).trim().split('\n'),
    /** Checks the types of a program, with those of the package itself. */
    check(program, resolution) {
      const file = join(folder, 'program.ts')
      writeFileSync(file, program)
      const module = resolution === 'bundler' ? 'esnext' : resolution
      const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022']
      return run(tool('tsc'), [
        '--strict',
        '--noEmit',
        '--exactOptionalPropertyTypes',
        ...options,
        file,
      ])
    },
    /** Builds the example for a server of another origin. Returns the folder of the result. */
    build(server) {
      cpSync(pathOf('../../../docs/kit-example'), folder, { recursive: true })
      const page = join(folder, 'index.html')
      const html = readFileSync(page, 'utf8').replace('<body>', `<body data-server="${server}">`)
      writeFileSync(page, html)
      run(tool('vite'), ['build', '--logLevel', 'warn'])
      return join(folder, 'dist')
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** How long the scripts in this folder are, gzipped, in bytes. */
export function scriptSize(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.js'))
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0)
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript' }

/** Serves what `folder` returns, which may not exist yet. */
export async function serveFolder(folder) {
  const web = createServer(({ url }, answer) => {
    const { pathname } = new URL(url, 'http://example')
    const name = pathname === '/' ? '/index.html' : pathname
    try {
      const content = readFileSync(join(folder(), name))
      answer.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'text/plain' }).end(content)
    } catch {
      answer.writeHead(404).end()
    }
  })
  await new Promise((resolve, reject) => web.once('error', reject).listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${web.address().port}`,
    stop() {
      web.closeAllConnections()
      return new Promise((resolve) => web.close(resolve))
    },
  }
}
