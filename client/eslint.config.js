import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import { readdirSync } from 'node:fs'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

/**
 * The folders of src/ and of kit/src/, each with those it may import. Imports run one
 * way: from the pages down to the protocol. What is above the kit imports it by its name.
 */
const LAYERS = {
  quality: [],
  files: [],
  talk: ['files'],
  media: [],
  check: ['media'],
  language: [],
  words: ['language', 'talk', 'files', 'quality', 'check', 'media'],
  ui: ['language'],
  offline: ['language', 'ui'],
  notice: ['language', 'ui', 'media'],
  landing: ['offline', 'language', 'ui'],
  chat: ['words', 'language', 'ui', 'talk', 'files'],
  embed: ['media'],
  call: [
    ...['embed', 'check-page', 'chat', 'offline', 'notice', 'words', 'language', 'ui'],
    ...['media', 'talk', 'quality'],
  ],
  'check-page': ['call', 'check', 'offline', 'words', 'language', 'ui', 'media'],
  // Fakes, which only tests import.
  testing: ['language', 'talk', 'files', 'kit'],
}
const KIT_LAYERS = {
  signaling: [],
  rtc: ['signaling'],
  trust: ['rtc', 'signaling'],
  room: ['trust', 'rtc', 'signaling'],
  api: ['room', 'trust', 'rtc', 'signaling'],
}
/** Layers that do not depend on Svelte. */
const PLAIN_LAYERS = [...Object.keys(KIT_LAYERS), 'words']

for (const [folder, layers] of [
  ['src', LAYERS],
  ['kit/src', KIT_LAYERS],
]) {
  const entries = readdirSync(new URL(folder, import.meta.url), { withFileTypes: true })
  const unknown = entries.filter((entry) => entry.isDirectory() && !(entry.name in layers))
  if (unknown.length > 0)
    throw new Error(`No rule says what ${folder}/${unknown[0].name} may import.`)
}

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
  const layers = [...Object.keys(LAYERS), ...Object.keys(KIT_LAYERS), 'kit']
  const others = layers.filter((layer) => !allowedLayers.includes(layer))
  const LAYER = {
    group: others.map((layer) => `**/${layer}/**`),
    message: `Only these layers may be imported here: ${allowedLayers.join(', ')}.`,
  }
  return { 'no-restricted-imports': ['error', { patterns: [LAYER, ...patterns] }] }
}

/** The rules for the layers of a folder; tests may also import these. */
function configsOf(folder, layers, forTests) {
  return Object.entries(layers).flatMap(([layer, imports]) => {
    const files = `${folder}/${layer}/**`
    const allowed = [layer, ...imports]
    const patterns = PLAIN_LAYERS.includes(layer) ? [SOCKET_IO, SVELTE] : [SOCKET_IO]
    return [
      { files: [files], rules: restrictImports(patterns, allowed) },
      {
        files: [`${files}/*.test.ts`],
        rules: restrictImports(folder === 'src' ? [SOCKET_IO] : patterns, [
          ...allowed,
          ...forTests,
        ]),
      },
    ]
  })
}

export default ts.config(
  { ignores: ['dist/', 'kit/dist/', 'node_modules/', 'e2e/'] },
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
  ...configsOf('src', LAYERS, ['testing', 'kit', ...Object.keys(KIT_LAYERS)]),
  ...configsOf('kit/src', KIT_LAYERS, ['testing']),
  {
    files: ['kit/src/*.ts', 'kit/testing/**'],
    rules: restrictImports([SOCKET_IO, SVELTE], ['testing', ...Object.keys(KIT_LAYERS)]),
  },
  {
    files: ['kit/src/signaling/signaling.ts'],
    rules: restrictImports([SVELTE], ['signaling']),
  },
  // Their maps and sets are never changed, but replaced as a whole.
  {
    files: ['src/talk/**', 'src/chat/**', 'src/files/**', 'src/quality/**'],
    rules: { 'svelte/prefer-svelte-reactivity': 'off' },
  },
  { files: ['**/*.test.ts', 'src/language/catalog.ts'], rules: { 'max-lines': 'off' } },
)
