import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import { readdirSync } from 'node:fs'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

/**
 * The folders of src/, each with those it may import. Imports run one way: from
 * the pages down to the protocol.
 */
const LAYERS = {
  signaling: [],
  rtc: ['signaling'],
  quality: ['rtc'],
  trust: ['rtc', 'signaling'],
  files: ['trust', 'rtc'],
  talk: ['files', 'trust', 'rtc'],
  media: ['rtc'],
  check: ['media', 'rtc'],
  room: ['talk', 'trust', 'rtc', 'signaling'],
  words: ['room', 'talk', 'files', 'quality', 'check', 'media', 'trust', 'rtc'],
  ui: [],
  notice: ['words', 'ui', 'room', 'media', 'trust', 'rtc', 'signaling'],
  landing: ['words', 'ui', 'room'],
  chat: ['words', 'ui', 'room', 'talk', 'files'],
  call: [
    ...['check-page', 'chat', 'notice', 'words', 'ui', 'room', 'media', 'talk', 'quality'],
    ...['trust', 'rtc', 'signaling'],
  ],
  'check-page': ['call', 'check', 'words', 'ui', 'media', 'rtc'],
  // Fakes, which only tests import.
  testing: ['room', 'talk', 'files', 'trust', 'rtc', 'signaling'],
}
/** Layers that do not depend on Svelte. */
const PLAIN_LAYERS = ['signaling', 'rtc', 'trust', 'words']

const unknown = readdirSync(new URL('src', import.meta.url)).filter((name) => !(name in LAYERS))
if (unknown.length > 0) throw new Error(`No rule says what src/${unknown} may import.`)

const SOCKET_IO = {
  group: ['socket.io-client'],
  message: 'Only signaling/signaling.ts uses Socket.IO.',
}
const SVELTE = {
  group: ['svelte', 'svelte/*', '*.svelte', '*.svelte.ts'],
  message: `${PLAIN_LAYERS.join(', ')} do not depend on Svelte.`,
}

/** Refuses imports of these patterns, and of all layers but these. */
function restrictImports(patterns, allowedLayers) {
  const others = Object.keys(LAYERS).filter((layer) => !allowedLayers.includes(layer))
  const LAYER = {
    group: others.map((layer) => `**/${layer}/**`),
    message: `Only these layers may be imported here: ${allowedLayers.join(', ')}.`,
  }
  return { 'no-restricted-imports': ['error', { patterns: [LAYER, ...patterns] }] }
}

const layerConfigs = Object.entries(LAYERS).flatMap(([layer, imports]) => {
  const files = `src/${layer}/**`
  const allowed = [layer, ...imports]
  const patterns = PLAIN_LAYERS.includes(layer) ? [SOCKET_IO, SVELTE] : [SOCKET_IO]
  return [
    { files: [files], rules: restrictImports(patterns, allowed) },
    { files: [`${files}/*.test.ts`], rules: restrictImports([SOCKET_IO], [...allowed, 'testing']) },
  ]
})

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'e2e/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-undef': 'off',
      'max-lines': ['error', { max: 320, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig },
    },
  },
  ...layerConfigs,
  {
    files: ['src/signaling/signaling.ts'],
    rules: restrictImports([SVELTE], ['signaling']),
  },
  // Their maps and sets are never changed, but replaced as a whole.
  {
    files: ['src/talk/**', 'src/chat/**', 'src/files/**', 'src/quality/**'],
    rules: { 'svelte/prefer-svelte-reactivity': 'off' },
  },
  { files: ['**/*.test.ts'], rules: { 'max-lines': 'off' } },
)
