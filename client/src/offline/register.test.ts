import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { registerWorker } from './register.ts'

const REST = 5000

let page: EventTarget & { readyState: string }
const register = vi.fn(async () => ({}) as ServiceWorkerRegistration)

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

it('registers nothing before the page is loaded and has rested', async () => {
  registerWorker({ workers: { register }, saveData: false, isBusy: () => false })
  await vi.advanceTimersByTimeAsync(10 * REST)
  page.dispatchEvent(new Event('load'))
  await vi.advanceTimersByTimeAsync(REST - 1)
  expect(register).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(register).toHaveBeenCalledExactlyOnceWith('/sw.js')
})

it('waits as long as the page is busy', async () => {
  page.readyState = 'complete'
  let busy = true
  registerWorker({ workers: { register }, saveData: false, isBusy: () => busy })
  await vi.advanceTimersByTimeAsync(5 * REST)
  expect(register).not.toHaveBeenCalled()
  busy = false
  await vi.advanceTimersByTimeAsync(REST)
  expect(register).toHaveBeenCalledOnce()
})

it('leaves a page alone that saves data, or has no service workers', async () => {
  page.readyState = 'complete'
  registerWorker({ workers: { register }, saveData: true, isBusy: () => false })
  registerWorker({ workers: undefined, saveData: false, isBusy: () => false })
  await vi.advanceTimersByTimeAsync(5 * REST)
  expect(register).not.toHaveBeenCalled()
})

it('is silent where the browser refuses', async () => {
  page.readyState = 'complete'
  const refuse = async () => {
    throw new DOMException('private window', 'SecurityError')
  }
  const refusing = { register: vi.fn(refuse) }
  registerWorker({ workers: refusing, saveData: false, isBusy: () => false })
  await vi.advanceTimersByTimeAsync(REST)
  expect(refusing.register).toHaveBeenCalledOnce()
})
