import { expect, it, vi } from 'vitest'
import { FakeClock, settle } from '../../kit/testing/fake-clock.ts'
import { likelyOrigins, listedOrigins } from './origins.ts'

const listed = ['https://site.example', 'https://other.example']
const site = 'https://site.example'
const other = 'https://other.example'

it('are asked for until the server answers', async () => {
  const clock = new FakeClock()
  const fetch = vi
    .fn<(path: string) => Promise<Response>>()
    .mockRejectedValueOnce(new TypeError('no network'))
    .mockResolvedValueOnce(new Response('', { status: 503 }))
    .mockResolvedValueOnce(new Response('<!doctype html>'))
    .mockResolvedValueOnce(Response.json({ origins: listed }))
  const origins = listedOrigins(fetch, clock)
  for (let tries = 1; tries < 4; tries++) {
    await settle()
    expect(fetch).toHaveBeenCalledTimes(tries)
    await clock.advance(3000)
  }
  expect(await origins).toEqual(listed)
  expect(fetch).toHaveBeenCalledWith('/embed-origins')
})

it('are none on a server without such sites, which is asked once', async () => {
  const fetch = vi.fn(async () => new Response('', { status: 404 }))
  expect(await listedOrigins(fetch, new FakeClock())).toEqual([])
  expect(fetch).toHaveBeenCalledOnce()
})

it.each([
  ['the browser names the page around', other, '', [other]],
  ['it names the page that led here', undefined, `${site}/a/page?b`, [site]],
  ['it names nothing', undefined, '', listed],
  ['it names a page that is not listed', 'https://evil.example', `${site}/`, listed],
  ['it hides the page around', 'null', '', listed],
])('are narrowed down if %s', (_, ancestor, referrer, likely) => {
  expect(likelyOrigins(listed, ancestor, referrer)).toEqual(likely)
})
