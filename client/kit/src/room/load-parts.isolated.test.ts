import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.doUnmock('./parts.ts')
  vi.resetModules()
})

describe('what a call needs', () => {
  it('is loaded once', async () => {
    const { loadParts } = await import('./load-parts.ts')
    expect(loadParts()).toBe(loadParts())
    expect((await loadParts()).Verification).toBeTypeOf('function')
  })

  it('is loaded the next time if it could not be', async () => {
    vi.doMock('./parts.ts', () => {
      throw new Error('the server is gone')
    })
    const { loadParts } = await import('./load-parts.ts')
    await expect(loadParts()).rejects.toThrow()
    vi.doUnmock('./parts.ts')
    expect((await loadParts()).Verification).toBeTypeOf('function')
  })
})
