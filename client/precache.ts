import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/** Writes sw.js, the service worker, with the names and hashes of all assets of the build. */
export const precache: Plugin = {
  name: 'precache',
  apply: 'build',
  buildStart() {
    this.emitFile({ type: 'chunk', id: 'service-worker/worker.ts', fileName: 'sw.js' })
  },
  generateBundle: {
    order: 'post', // when style sheets have their names
    handler(_options, bundle) {
      const worker = bundle['sw.js']
      if (worker?.type !== 'chunk') throw new Error('The service worker was not built.')
      if (worker.imports.length > 0) throw new Error('The service worker imports something.')
      const hashes = Object.values(bundle)
        .filter(({ fileName }) => fileName.startsWith('assets/'))
        .map(
          (file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source] as const,
        )
        .map(([path, content]) => [path, sha256(content).digest('base64')] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1))
      const assets = JSON.stringify(Object.fromEntries(hashes))
      const build = sha256(worker.code + assets)
        .digest('hex')
        .slice(0, 16)
      worker.code = worker.code
        .replaceAll('__BUILD__', JSON.stringify(build))
        .replaceAll('__ASSETS__', assets)
    },
  },
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content)
