import { flushSync } from 'svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ServerReach } from './server-reach.svelte.ts'

const PAUSE = 10_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function create({ onLine = true, kept = false, answers = false } = {}) {
  const navigator = { onLine }
  const page = { dataset: (kept ? { kept: '' } : {}) as DOMStringMap }
  const server = { answers }
  const fetch = vi.fn(async () => ({ ok: server.answers }))
  const events = new EventTarget()
  const reach = new ServerReach({ navigator, page, events, fetch })
  const goes = (direction: 'online' | 'offline') => {
    navigator.onLine = direction === 'online'
    events.dispatchEvent(new Event(direction))
  }
  return { reach, server, fetch, page, goes }
}

function watch(options?: Parameters<typeof create>[0]) {
  const created = create(options)
  return { ...created, end: created.reach.watch() }
}

describe('the way to the server', () => {
  it('is thought to be open, without a request, on a page that the server has sent', async () => {
    const { reach, fetch } = watch()
    await vi.advanceTimersByTimeAsync(10 * PAUSE)
    expect(reach.state).toBe('open')
    expect(fetch).not.toHaveBeenCalled()
  })

  it('is lost on a page from the cache, until the server answers', async () => {
    const { reach, server, fetch, page } = watch({ kept: true })
    await vi.advanceTimersByTimeAsync(0)
    expect(fetch).toHaveBeenCalledOnce()
    expect(reach.state).toBe('lost')
    await vi.advanceTimersByTimeAsync(PAUSE)
    expect(reach.state).toBe('lost')
    server.answers = true
    await vi.advanceTimersByTimeAsync(PAUSE)
    expect(reach.state).toBe('open')
    expect(page.dataset).toEqual({})
  })

  it('is asked about at once when the device has a network again', async () => {
    const { reach, server, fetch, goes } = watch({ onLine: false })
    expect(reach.state).toBe('offline')
    goes('online')
    await vi.advanceTimersByTimeAsync(0)
    expect(reach.state).toBe('lost')
    server.answers = true
    goes('online')
    await vi.advanceTimersByTimeAsync(0)
    expect(reach.state).toBe('open')
    goes('offline')
    expect(reach.state).toBe('offline')
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('is watched once by an effect, and views follow it', async () => {
    const { reach, fetch } = create({ kept: true, answers: true })
    const states: string[] = []
    let starts = 0
    const end = $effect.root(() => {
      $effect(() => {
        starts++
        return reach.watch()
      })
      $effect(() => void states.push(reach.state))
    })
    flushSync()
    await vi.advanceTimersByTimeAsync(PAUSE)
    flushSync()
    end()
    expect([starts, states]).toEqual([1, ['lost', 'open']])
    expect(fetch).toHaveBeenCalledOnce()
  })

  it('is not asked about any more once nobody watches', async () => {
    const { fetch, goes, end } = watch({ onLine: false })
    end()
    goes('online')
    await vi.advanceTimersByTimeAsync(10 * PAUSE)
    expect(fetch).not.toHaveBeenCalled()
  })
})
