import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defaultClientConditions, type Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { licenses } from './licenses.ts'
import { chunkFileName, messages } from './messages.ts'
import { precache } from './precache.ts'

const server = 'http://localhost:4000'

/** The Go server answers these addresses with the call page, too. */
const CALL_PAGE = ['/call', '/call/test', '/call/test/']

const callPageAddresses: Plugin = {
  name: 'call-page-addresses',
  configureServer({ middlewares }) {
    middlewares.use((request, _response, next) => {
      if (CALL_PAGE.includes(request.url ?? '')) request.url = '/call/'
      next()
    })
  },
}

const unitTests = ['src/**/*.test.ts', 'kit/{*,src/**/*}.test.ts', 'service-worker/*.test.ts']
const isolatedTests = ['{src,kit/src,service-worker}/**/*.isolated.test.ts']

const inTests = process.env['VITEST'] !== undefined

export default defineConfig({
  plugins: [
    // Tests are compiled as the pages are, so that effects run.
    svelte({ dynamicCompileOptions: () => (inTests ? { generate: 'client' } : undefined) }),
    messages,
    callPageAddresses,
    licenses,
    precache,
  ],
  // Two pages: the landing page at / and the call page at /call/. The base is
  // absolute, so that /call and /call/ load the same assets.
  appType: 'mpa',
  base: '/',
  // The kit's sources, not what is built of them for others.
  resolve: { conditions: ['vidchat-source', ...defaultClientConditions] },
  // In tests: with the browser's build of Svelte, whose effects run.
  ssr: { resolve: { conditions: ['vidchat-source', ...defaultClientConditions] } },
  build: {
    target: 'es2022',
    // The Content-Security-Policy allows no data: fonts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { landing: 'index.html', call: 'call/index.html' },
      output: { chunkFileNames: chunkFileName },
    },
  },
  server: {
    port: 5173,
    proxy: {
      '/socket.io': { target: server, ws: true },
      '/turn-server-config': server,
      '/embed-origins': server,
    },
  },
  test: {
    environment: 'node',
    setupFiles: 'src/testing/english.ts',
    testTimeout: 30_000, // deriving a password's keys takes long on a busy machine
    projects: [
      {
        extends: true,
        // A worker for each file would load Svelte, and all else that they share, a hundred times.
        test: { name: 'shared', include: unitTests, exclude: isolatedTests, isolate: false },
      },
      {
        extends: true,
        // What these import does something as it is loaded, or is replaced.
        test: { name: 'isolated', include: isolatedTests },
      },
    ],
  },
})
