import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/** Writes sw.js, the service worker, with the names of all assets of the build. */
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
      const assets = Object.keys(bundle)
        .filter((name) => name.startsWith('assets/'))
        .map((name) => `/${name}`)
        .sort()
      const hash = createHash('sha256').update([worker.code, ...assets].join('\n'))
      worker.code = worker.code
        .replaceAll('__BUILD__', JSON.stringify(hash.digest('hex').slice(0, 16)))
        .replaceAll('__ASSETS__', JSON.stringify(assets))
    },
  },
}
