import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.doUnmock('./in-call.ts')
  vi.resetModules()
})

describe('what a call needs', () => {
  it('is loaded once', async () => {
    const { loadTrust } = await import('./load.ts')
    expect(loadTrust()).toBe(loadTrust())
    expect((await loadTrust()).Verification).toBeTypeOf('function')
  })

  it('is loaded the next time if it could not be', async () => {
    vi.doMock('./in-call.ts', () => {
      throw new Error('the server is gone')
    })
    const { loadTrust } = await import('./load.ts')
    await expect(loadTrust()).rejects.toThrow()
    vi.doUnmock('./in-call.ts')
    expect((await loadTrust()).Verification).toBeTypeOf('function')
  })
})
