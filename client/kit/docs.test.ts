import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { documented, DOCUMENT } from './docs.js'

it('docs/kit.md is up to date: `npm run docs --workspace kit` writes it', () => {
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(documented())
})
