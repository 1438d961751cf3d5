import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ManualClock, settle } from '../testing/fake-clock.ts'
import { asConnection, FakeConnection, fakeStream } from '../testing/fake-peer-connection.ts'
import { FakeSignaling } from '../testing/fake-signaling.ts'
import { Preferences } from '../media/devices.ts'
import { LocalMedia } from '../media/local-media.svelte.ts'
import { IceServers } from '../rtc/ice-servers.ts'
import { CallPage } from './call-page.svelte.ts'

let server: FakeSignaling
let location: { hash: string; origin: string }
const navigator = { onLine: true }
const replaceState = vi.fn()
const key = 'AAECAwQFBgcICQoLDA0ODw'

function open(hash: string, canCall = true, secure = true): CallPage {
  location = { hash, origin: 'https://calls.example' }
  const media = new LocalMedia({
    capturer: undefined,
    secure: true,
    preferences: new Preferences(undefined),
    createStream: fakeStream,
  })
  const preferences = new Preferences(undefined)
  const call = {
    openSignaling: server.open,
    createPeerConnection: () => asConnection(new FakeConnection()),
    createStream: fakeStream,
    iceServers: new IceServers(async () => Response.json({ iceServers: [] })),
    clock: new ManualClock(),
    subtle: secure ? crypto.subtle : undefined,
  }
  const history = { replaceState }
  const world = { call, location, history, navigator, random: crypto, preferences, canCall }
  return new CallPage(world, media)
}

beforeEach(() => {
  server = new FakeSignaling()
  replaceState.mockClear()
})

describe('the page’s address', () => {
  it('names the room', () => {
    const page = open('#a1b2c3')
    expect(page.call.address).toEqual({ kind: 'room', room: 'a1b2c3', password: false })
    expect(page.link).toBe('https://calls.example/call/#a1b2c3')
    expect(replaceState).not.toHaveBeenCalled()
  })

  it('gets a room where it names none', () => {
    const page = open('')
    expect(page.link).toMatch(/\/call\/#[0-9a-f]{32},[\w-]{22}$/)
    expect(replaceState).toHaveBeenCalledWith(null, '', page.link.replace(/^.*\//, ''))
  })

  it('has a key that the server is not told', () => {
    const page = open(`#a1b2c3,${key}`)
    expect(page.link).toBe(`https://calls.example/call/#a1b2c3,${key}`)
    page.join()
    expect(server.rooms).toEqual(['a1b2c3'])
  })

  it('may lead to a call with a password', () => {
    expect(open('#pw-a1').call.state).toEqual({ name: 'password', problem: 'none', wait: 0 })
  })

  it.each([`#a1,${key}`, '#pw-a1'])('needs a secure page for %s', (hash) => {
    expect(open(hash, true, false).call.state).toEqual({ name: 'impossible', obstacle: 'insecure' })
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
    expect([page.call.address.room, page.call.state.name]).toEqual(['two', 'lobby'])
  })

  it('may change to what it was', () => {
    const page = open('#one')
    const before = page.call
    page.onHashChange()
    expect(page.call).toBe(before)
  })
})

describe('the page', () => {
  it('remembers the name, and gives it to those inside', () => {
    const page = open('#one')
    page.join('Ann')
    server.says.online()
    expect(server.asked).toEqual([['enter', { capacity: 2, name: 'Ann', proof: undefined }]])
  })

  it('hangs up when it goes away', () => {
    const page = open('#one')
    page.onPageHide()
    expect(page.call.state.name).toBe('lobby')
    page.join()
    page.onPageHide()
    expect(page.call.state.name).toBe('left')
    expect(server.state).toBe('closed')
  })

  it.each([
    [true, 'reconnect'],
    [false, 'doubt'],
  ] as const)('hears of another network, or of none: %s', (onLine, answer) => {
    const page = open('#one')
    const answered = vi.spyOn(page.call, answer)
    navigator.onLine = onLine
    page.onNetworkChange()
    expect(answered).toHaveBeenCalledOnce()
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
