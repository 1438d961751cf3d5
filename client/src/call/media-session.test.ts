import { expect, it, vi } from 'vitest'
import { handleMediaActions } from './media-session.ts'

it('handles the actions that the browser knows, until it is stopped', () => {
  const handlers = new Map<string, MediaSessionActionHandler>()
  const setActionHandler = (action: string, handler: MediaSessionActionHandler | null) => {
    if (action === 'enterpictureinpicture') throw new TypeError('unknown')
    if (handler) handlers.set(action, handler)
    else handlers.delete(action)
  }
  const hangup = vi.fn()
  const actions = { enterpictureinpicture: vi.fn(), hangup }
  const stop = handleMediaActions({ setActionHandler }, actions)
  expect([...handlers.keys()]).toEqual(['hangup'])
  handlers.get('hangup')?.({ action: 'hangup' as MediaSessionAction })
  expect(hangup).toHaveBeenCalledOnce()
  stop()
  expect(handlers.size).toBe(0)
})
