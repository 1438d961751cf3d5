import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { registerWorker } from './register.ts'

const REGISTER_DELAY = 5000

let page: EventTarget & { readyState: string }
const register = vi.fn(async () => ({}) as ServiceWorkerRegistration)
const workers = Object.assign(new EventTarget(), { controller: null, register })
const browser = { workers, saveData: false, loaded: (): string[] => [], isBusy: () => false }

beforeEach(() => {
  vi.useFakeTimers()
  page = Object.assign(new EventTarget(), { readyState: 'interactive' })
  vi.stubGlobal('document', page)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  register.mockClear()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('registers nothing until some time after the page is loaded', async () => {
  registerWorker(browser)
  await vi.advanceTimersByTimeAsync(10 * REGISTER_DELAY)
  page.dispatchEvent(new Event('load'))
  await vi.advanceTimersByTimeAsync(REGISTER_DELAY - 1)
  expect(register).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(register).toHaveBeenCalledExactlyOnceWith('/sw.js')
})

it('waits as long as the page is busy', async () => {
  page.readyState = 'complete'
  let busy = true
  registerWorker({ ...browser, isBusy: () => busy })
  await vi.advanceTimersByTimeAsync(5 * REGISTER_DELAY)
  expect(register).not.toHaveBeenCalled()
  busy = false
  await vi.advanceTimersByTimeAsync(REGISTER_DELAY)
  expect(register).toHaveBeenCalledOnce()
})

it('leaves a page alone that saves data, or has no service workers', async () => {
  page.readyState = 'complete'
  registerWorker({ ...browser, saveData: true })
  registerWorker({ ...browser, workers: undefined })
  await vi.advanceTimersByTimeAsync(5 * REGISTER_DELAY)
  expect(register).not.toHaveBeenCalled()
})

it('is silent where the browser refuses', async () => {
  page.readyState = 'complete'
  const refuse = async () => {
    throw new DOMException('private window', 'SecurityError')
  }
  const refusing = Object.assign(new EventTarget(), { controller: null, register: vi.fn(refuse) })
  registerWorker({ ...browser, workers: refusing })
  await vi.advanceTimersByTimeAsync(REGISTER_DELAY)
  expect(refusing.register).toHaveBeenCalledOnce()
})

it('asks for its language again, through the first worker', () => {
  const fetch = vi.fn(async () => new Response())
  vi.stubGlobal('fetch', fetch)
  const messages = 'https://calls.example/assets/messages-call-de-Abc12345.js'
  registerWorker({ ...browser, loaded: () => ['https://calls.example/assets/a.js', messages] })
  expect(fetch).not.toHaveBeenCalled()
  workers.dispatchEvent(new Event('controllerchange'))
  workers.dispatchEvent(new Event('controllerchange'))
  expect(fetch).toHaveBeenCalledExactlyOnceWith(messages)
})
