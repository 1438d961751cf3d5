import { beforeEach, describe, expect, it, vi } from 'vitest'
import { LocalMedia } from '../media/local-media.svelte.ts'
import { Preferences } from '../media/preferences.ts'
import { IceServers, PasswordStore, SeatStore, SpareConnection } from 'vidchat-kit'
import { FakeClock, settle } from '../../kit/testing/fake-clock.ts'
import {
  asPeerConnection,
  FakePeerConnection,
  fakeStream,
} from '../../kit/testing/fake-peer-connection.ts'
import { FakeSignaling } from '../../kit/testing/fake-signaling.ts'
import { CallPage } from './call-page.svelte.ts'
import { OtherTabs } from './other-tabs.svelte.ts'
import { reactive } from './reactive.svelte.ts'

let server: FakeSignaling
let location: { hash: string; search: string; origin: string }
const navigator = { onLine: true }
const document: { visibilityState: DocumentVisibilityState } = { visibilityState: 'visible' }
const replaceState = vi.fn()
const key = 'AAECAwQFBgcICQoLDA0ODw'
const hex = '01112131415161718191a1b1c1d1e1f1'

function open(
  hash: string,
  hasWebRtc = true,
  secure = true,
  search = '',
  parts?: Promise<unknown>,
): CallPage {
  location = { hash, search, origin: 'https://calls.example' }
  const media = new LocalMedia({
    mediaDevices: undefined,
    secure: true,
    preferences: new Preferences(undefined),
    createStream: fakeStream,
  })
  const preferences = new Preferences(undefined)
  const createPeerConnection = () => asPeerConnection(new FakePeerConnection())
  const iceServers = new IceServers(async () => Response.json({ iceServers: [] }))
  const clock = new FakeClock()
  const call = {
    reactive,
    openSignaling: server.open,
    createPeerConnection,
    createStream: fakeStream,
    iceServers,
    spare: new SpareConnection({ createPeerConnection, iceServers, clock }),
    clock,
    passwords: new PasswordStore(undefined),
    subtle: secure ? crypto.subtle : undefined,
  }
  const history = { replaceState }
  const tabs = new OtherTabs(undefined, new SeatStore(undefined), new FakeClock())
  const browser = { location, history, document, navigator, random: crypto, early }
  return new CallPage({ call, ...browser, preferences, tabs, hasWebRtc, parts }, media)
}

const early = { keep: vi.fn(), close: vi.fn() }

beforeEach(() => {
  server = new FakeSignaling()
  replaceState.mockClear()
})

describe('the page’s URL', () => {
  it('names the room', () => {
    const page = open('#a1b2c3')
    expect(page.call.link).toEqual({ kind: 'room', room: 'a1b2c3', password: false })
    expect(page.inviteUrl).toBe('https://calls.example/call/#a1b2c3')
    expect(replaceState).not.toHaveBeenCalled()
  })

  it('gets a generated room if it names none', () => {
    const page = open('')
    expect(page.inviteUrl).toMatch(/\/call\/#[0-9a-f]{32},[\w-]{22}$/)
    expect(replaceState).toHaveBeenCalledWith(null, '', page.inviteUrl.replace(/^.*\//, ''))
  })

  it('has a key that the server never sees', () => {
    const page = open(`#a1b2c3,${key}`)
    expect(page.inviteUrl).toBe(`https://calls.example/call/#a1b2c3,${key}`)
    page.join()
    expect(server.rooms).toEqual(['a1b2c3'])
  })

  it('may name a password-protected call', () => {
    expect(open('#pw-a1').call.state).toEqual({ name: 'password', problem: 'none', wait: 0 })
  })

  it('starts no password-protected call on an insecure page', () => {
    const { state } = open('', true, false, '?password').call
    expect(state).toEqual({ name: 'unavailable', reason: 'page-insecure' })
  })

  it('gets the link of a new password-protected call when the password is chosen', async () => {
    const page = open('', true, true, '?password')
    expect(page.call.state).toEqual({ name: 'password', problem: 'none', wait: 0 })
    expect(page.isCreator).toBe(true)
    expect(replaceState).not.toHaveBeenCalled()
    page.join('', 'correct horse')
    await vi.waitFor(() => expect(server.rooms).toHaveLength(1), { timeout: 30_000 })
    expect(server.rooms[0]).toMatch(/^pw-[0-9a-f]{32}-[0-9a-f]{32}$/)
    expect(page.isCreator).toBe(false)
    expect(page.inviteUrl).toMatch(`https://calls.example/call/#${server.rooms[0] ?? ''},`)
    expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', page.inviteUrl)
  })

  it.each([`#a1%2C${key}`, `#a1,${key}.`, `#a1,${key}&fbclid=Iw1`])(
    'is shown as it was made, after %s',
    (hash) => {
      expect(open(hash).inviteUrl).toBe(`https://calls.example/call/#a1,${key}`)
      expect(replaceState).toHaveBeenCalledWith(null, '', `#a1,${key}`)
    },
  )

  it.each([
    [`#${hex}`, ''],
    [`#${key}`, ''],
    [`#${hex};${key}`, ''],
    ['', `?id=1%23${hex},${key}`],
  ])('may be damaged: %s %s', (hash, search) => {
    const page = open(hash, true, true, search)
    expect(page.call.state).toEqual({ name: 'unavailable', reason: 'link-damaged' })
    expect(replaceState).not.toHaveBeenCalled()
    expect(server.rooms).toEqual([])
  })

  it.each([`#a1,${key}`, '#pw-a1'])('needs a secure page for %s', (hash) => {
    expect(open(hash, true, false).call.state).toEqual({
      name: 'unavailable',
      reason: 'page-insecure',
    })
  })

  it.each<[string, string, boolean]>([
    ['link-too-long', '#' + 'x'.repeat(300), true],
    ['browser-unsupported', '#a1', false],
  ])('may be unavailable: %s', (reason, hash, hasWebRtc) => {
    expect(open(hash, hasWebRtc).call.state).toEqual({ name: 'unavailable', reason })
  })

  it('leads to another call when it changes', async () => {
    const page = open('#one')
    page.join()
    const before = page.call
    location.hash = '#two'
    page.onHashChange()
    await settle()
    expect(before.state.name).toBe('left')
    expect(server.state).toBe('closed')
    expect([page.call.link.room, page.call.state.name]).toEqual(['two', 'pre-join'])
  })

  it('may change to what it was before', () => {
    const page = open('#one')
    const before = page.call
    page.onHashChange()
    expect(page.call).toBe(before)
  })
})

describe('the page', () => {
  it('passes the name to the server', () => {
    const page = open('#one')
    page.join('Ann')
    server.emit.connected()
    expect(server.requests).toEqual([['enter', { capacity: 2, name: 'Ann', proof: undefined }]])
  })

  it('joins once all of it is loaded', async () => {
    let loaded = () => {}
    const parts = new Promise<void>((resolve) => (loaded = resolve))
    const page = open('#a1b2c3', true, true, '', parts)
    page.join('Ann')
    expect(page.call.state.name).toBe('pre-join')
    loaded()
    await settle()
    expect(page.call.state.name).toBe('entering')
  })

  it('does not join what was left before all of it was loaded', async () => {
    let loaded = () => {}
    const parts = new Promise<void>((resolve) => (loaded = resolve))
    const page = open('#a1b2c3', true, true, '', parts)
    page.join('Ann')
    expect(page.isWaiting).toBe(true)
    page.leave()
    loaded()
    await settle()
    expect(page.call.state.name).toBe('left')
    expect(page.isWaiting).toBe(false)
  })

  it('says that a part of it could not be loaded', async () => {
    const page = open('#a1b2c3', true, true, '', Promise.reject(new Error('offline')))
    page.join('Ann')
    await settle()
    expect(page.call.state).toEqual({ name: 'unavailable', reason: 'page-incomplete' })
  })

  it('hangs up when it is unloaded', () => {
    const page = open('#one')
    page.onPageHide()
    expect(page.call.state.name).toBe('pre-join')
    page.join()
    page.onPageHide()
    expect(page.call.state.name).toBe('left')
    expect(server.state).toBe('closed')
  })

  it('asks before it is left during a conversation, and only then', () => {
    const page = open('#one')
    const preventDefault = vi.fn()
    page.onBeforeUnload({ preventDefault })
    page.join()
    server.emit.connected()
    server.giveSeat([])
    page.onBeforeUnload({ preventDefault })
    expect(preventDefault).not.toHaveBeenCalled()
    server.emit.join('them', 'Ann')
    page.onBeforeUnload({ preventDefault })
    expect(preventDefault).toHaveBeenCalledOnce()
  })

  it.each([
    [true, 'onNetworkChange'],
    [false, 'checkConnection'],
  ] as const)('reacts to another network, or none: %s', (onLine, method) => {
    const page = open('#one')
    const spy = vi.spyOn(page.call, method)
    navigator.onLine = onLine
    page.onNetworkChange()
    expect(spy).toHaveBeenCalledOnce()
  })

  it('releases the devices when it goes into the page cache, and asks again when it is back', () => {
    const page = open('#one')
    const [stop, start] = [vi.spyOn(page.media, 'stop'), vi.spyOn(page.media, 'start')]
    page.onPageHide()
    expect(stop).toHaveBeenCalledOnce()
    page.onPageShow({ persisted: true })
    expect(start).toHaveBeenCalledOnce()
  })

  it('opens no devices when it comes back after a call', () => {
    const page = open('#one')
    page.join()
    page.onPageHide()
    const start = vi.spyOn(page.media, 'start')
    page.onPageShow({ persisted: true })
    expect(start).not.toHaveBeenCalled()
  })

  it('releases the devices when its URL leads to no call, and a screen in any case', () => {
    const page = open('#one')
    const [stop, stopScreen] = [vi.spyOn(page.media, 'stop'), vi.spyOn(page.media, 'stopScreen')]
    location.hash = '#two'
    page.onHashChange()
    expect([stop.mock.calls.length, stopScreen.mock.calls.length]).toEqual([0, 1])
    location.hash = '#' + 'x'.repeat(300)
    page.onHashChange()
    expect(stop).toHaveBeenCalledOnce()
  })

  it('looks after the devices when it is visible again', () => {
    const page = open('#one')
    const resume = vi.spyOn(page.media, 'resume')
    for (const state of ['hidden', 'visible'] as const) {
      document.visibilityState = state
      page.onVisibilityChange()
    }
    expect(resume).toHaveBeenCalledOnce()
  })

  it('does not join another call than the one to rejoin', async () => {
    const page = open('#one')
    page.join()
    page.leave()
    const rejoining = page.rejoin()
    location.hash = '#two'
    page.onHashChange()
    await rejoining
    expect(page.call.state.name).toBe('pre-join')
    expect(server.rooms).toEqual(['one'])
  })

  it('rejoins the call that was left', async () => {
    const page = open('#one')
    page.join()
    page.leave()
    await page.rejoin()
    expect(page.call.state.name).toBe('entering')
    expect(server.rooms).toEqual(['one', 'one'])
  })
})
