import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

/** Refuses an import, with the reason. */
const closed = (group, message) => ({
  'no-restricted-imports': ['error', { patterns: [{ group, message }] }],
})
const SOCKET = closed(['socket.io-client'], 'Only signaling/signaling.ts speaks socket.io.')

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
      ...SOCKET,
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig },
    },
  },
  {
    files: ['src/rtc/**'],
    rules: closed(
      ['socket.io-client', 'svelte', 'svelte/*', '*.svelte', '*.svelte.ts', '../call/*'],
      'The peer connection knows neither the views nor the socket.',
    ),
  },
  { files: ['**/*.test.ts'], rules: { 'max-lines': 'off' } },
  { files: ['src/signaling/signaling.ts'], rules: { 'no-restricted-imports': 'off' } },
)
