import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const { resolve } = createRequire(import.meta.url)

/**
 * A compiled client laid out as the original's (index.html, build/), for
 * CLIENT_DIR, with socket.io-client 2.3.0 as npm ships it for browsers.
 */
export function originalClient() {
  const folder = mkdtempSync(join(tmpdir(), 'vidchat-original-'))
  const library = join(dirname(resolve('sio-2.3.0/package.json')), 'dist', 'socket.io.js')
  mkdirSync(join(folder, 'build'))
  cpSync(join(here, 'index.html'), join(folder, 'index.html'))
  cpSync(join(here, 'call.js'), join(folder, 'build', 'call.js'))
  cpSync(library, join(folder, 'build', 'socket.io.js'))
  return { folder, remove: () => rmSync(folder, { recursive: true }) }
}

/**
 * Puts the client that another server serves in the place of ours in one
 * person's browser, so that the two meet on one server.
 */
export async function replaceClient(context, otherOrigin) {
  await context.route('**/call/**', (route) => {
    const { pathname } = new URL(route.request().url())
    return route.continue({ url: `${otherOrigin}${pathname}` })
  })
}
