import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ManualClock, settle } from '../doubles/clock.ts'
import { asConnection, FakeConnection, fakeStream } from '../doubles/connection.ts'
import { FakeSignaling } from '../doubles/signaling.ts'
import { Preferences } from '../media/devices.ts'
import { LocalMedia } from '../media/local-media.svelte.ts'
import { IceServers } from '../rtc/ice-servers.ts'
import { CallPage } from './page.svelte.ts'

let server: FakeSignaling
let location: { hash: string; origin: string }
const replaceState = vi.fn()

function open(hash: string, canCall = true): CallPage {
  location = { hash, origin: 'https://calls.example' }
  const media = new LocalMedia({
    capturer: undefined,
    secure: true,
    preferences: new Preferences(undefined),
    createStream: fakeStream,
  })
  const call = {
    openSignaling: server.open,
    createPeerConnection: () => asConnection(new FakeConnection()),
    createStream: fakeStream,
    iceServers: new IceServers(async () => Response.json({ iceServers: [] })),
    clock: new ManualClock(),
  }
  const history = { replaceState }
  return new CallPage({ call, location, history, random: crypto, canCall }, media)
}

beforeEach(() => {
  server = new FakeSignaling()
  replaceState.mockClear()
})

describe('the page’s address', () => {
  it('names the room', () => {
    const page = open('#a1b2c3')
    expect(page.call.room).toBe('a1b2c3')
    expect(page.link).toBe('https://calls.example/call/#a1b2c3')
    expect(replaceState).not.toHaveBeenCalled()
  })

  it('gets a room where it names none', () => {
    const page = open('')
    expect(page.call.room).toMatch(/^[0-9a-f]{32}$/)
    expect(replaceState).toHaveBeenCalledWith(null, '', `#${page.call.room}`)
  })

  it.each<[string, string, boolean]>([
    ['room-unusable', '#' + 'x'.repeat(300), true],
    ['browser-unsupported', '#a1', false],
  ])('may lead nowhere: %s', (obstacle, hash, canCall) => {
    expect(open(hash, canCall).call.state).toEqual({ name: 'impossible', obstacle })
  })

  it('leads elsewhere when it changes', async () => {
    const page = open('#one')
    page.join()
    const before = page.call
    location.hash = '#two'
    page.onHashChange()
    await settle()
    expect(before.state.name).toBe('left')
    expect(server.state).toBe('closed')
    expect([page.call.room, page.call.state.name]).toEqual(['two', 'lobby'])
  })

  it('may change to what it was', () => {
    const page = open('#one')
    const before = page.call
    page.onHashChange()
    expect(page.call).toBe(before)
  })
})

describe('the page', () => {
  it('hangs up when it goes away', () => {
    const page = open('#one')
    page.onPageHide()
    expect(page.call.state.name).toBe('lobby')
    page.join()
    page.onPageHide()
    expect(page.call.state.name).toBe('left')
    expect(server.state).toBe('closed')
  })

  it('comes back into the call that was left', async () => {
    const page = open('#one')
    page.join()
    page.leave()
    await page.rejoin()
    expect(page.call.state.name).toBe('entering')
    expect(server.rooms).toEqual(['one', 'one'])
  })
})
