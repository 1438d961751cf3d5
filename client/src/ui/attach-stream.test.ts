import { beforeEach, expect, it, vi } from 'vitest'
import { settle } from '../../kit/testing/fake-clock.ts'
import { fakeStream } from '../../kit/testing/fake-peer-connection.ts'
import { attachStream } from './attach-stream.ts'

const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
const video = Object.assign(new EventTarget(), {
  srcObject: null as unknown,
  paused: true,
  play: vi.fn(),
  ownerDocument: page,
})

function show(visibilityState: string): void {
  page.visibilityState = visibilityState
  page.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  video.paused = true
  video.play.mockReset().mockImplementation(async () => void (video.paused = false))
})

it('plays the stream again when the page comes back to the foreground', async () => {
  const stream = fakeStream()
  const detach = attachStream(stream)(video as unknown as Element)
  expect(video.srcObject).toBe(stream)
  expect(video.play).toHaveBeenCalledTimes(1)
  show('hidden')
  video.paused = true
  show('visible')
  expect(video.play).toHaveBeenCalledTimes(2)
  show('visible')
  expect(video.play).toHaveBeenCalledTimes(2)
  if (detach) detach()
  video.paused = true
  show('visible')
  expect(video.play).toHaveBeenCalledTimes(2)
})

it('reports that the browser does not allow it, until it does', async () => {
  const onBlocked = vi.fn()
  video.play.mockRejectedValue(new DOMException('', 'NotAllowedError'))
  const detach = attachStream(fakeStream(), onBlocked)(video as unknown as Element)
  await settle()
  expect(onBlocked.mock.calls).toEqual([[true]])
  video.dispatchEvent(new Event('playing'))
  expect(onBlocked.mock.calls).toEqual([[true], [false]])
  if (detach) detach()
  expect(onBlocked.mock.calls).toEqual([[true], [false], [false]])
})
