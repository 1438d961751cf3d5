import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readFragment } from '../room/call-link.ts'
import { createLink } from './create-link.ts'
import { joinCall } from './join-call.ts'

const page = 'https://pages.example/meet?x=1#old'

beforeEach(() => vi.stubGlobal('location', { href: page }))
afterEach(() => vi.unstubAllGlobals())

describe('a new link', () => {
  it('leads to the page, and to a call with a key', async () => {
    const [one, other] = [await createLink({ page }), await createLink({ page })]
    expect(one).toMatch(/^https:\/\/pages\.example\/meet\?x=1#[\da-f]{32},[\w-]{22}$/)
    expect(other).not.toBe(one)
  })

  it('is that of this page, unless it says another', async () => {
    expect(await createLink({ page: '/talk' })).toMatch(/^https:\/\/pages\.example\/talk#/)
    expect(await createLink()).toMatch(/^https:\/\/pages\.example\/meet\?x=1#[\da-f]{32},/)
  })

  it('is bound to its password', async () => {
    const { hash } = new URL(await createLink({ page, password: 'secret' }))
    expect(hash).toMatch(/^#pw-[\da-f]{32}-[\da-f]{32},/)
    expect(readFragment(hash)).toMatchObject({ kind: 'room', password: true })
  })

  it('is not made where its key would be of no use', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    await expect(createLink({ page })).rejects.toMatchObject({ code: 'page-insecure' })
  })
})

describe('a call is refused', () => {
  const join = (link: string, server?: string) => () =>
    joinCall(server === undefined ? { link } : { link, server })
  const link = '#00112233445566778899aabbccddeeff,AAECAwQFBgcICQoLDA0ODw'

  it.each([
    ['without a link', join(''), 'link-missing'],
    ['if a page has none', join('https://pages.example/'), 'link-missing'],
    ['with a link that was cut', join(link.slice(0, -3)), 'link-damaged'],
    ['with a name that is too long', join(`#${'lang '.repeat(99)}`), 'link-too-long'],
    ['where WebRTC is missing', join(link), 'browser-unsupported'],
  ])('%s', (_, run, code) => {
    expect(run).toThrow(expect.objectContaining({ name: 'CallError', code }))
  })

  it.each(['calls.example', 'ftp://calls.example', ''])('from the server “%s”', (server) => {
    vi.stubGlobal('RTCPeerConnection', function RTCPeerConnection() {})
    vi.stubGlobal('sessionStorage', undefined)
    expect(join(link, server)).toThrow('write it as https://host')
  })
})
