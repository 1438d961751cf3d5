import { expect, it } from 'vitest'
import { settle } from '../../kit/testing/fake-clock.ts'
import { Playback } from './playback.svelte.ts'

it('plays all videos with one press, and forgets those that play', async () => {
  const playback = new Playback()
  let allowed = false
  const play = async () => {
    if (!allowed) throw new DOMException('', 'NotAllowedError')
  }
  const videos = [{ play }, { play }]
  for (const video of videos) playback.set(video, true)
  playback.play()
  await settle()
  expect(playback.isBlocked).toBe(true)
  allowed = true
  playback.play()
  await settle()
  expect(playback.isBlocked).toBe(false)
})

it('plays them at any touch of the page', async () => {
  const playback = new Playback()
  const [page, video] = [new EventTarget(), { play: async () => undefined }]
  playback.set(video, true)
  const stop = playback.playAtTouch(page)
  page.dispatchEvent(new Event('keydown'))
  await settle()
  expect(playback.isBlocked).toBe(false)
  stop()
  playback.set(video, true)
  page.dispatchEvent(new Event('keydown'))
  await settle()
  expect(playback.isBlocked).toBe(true)
})
