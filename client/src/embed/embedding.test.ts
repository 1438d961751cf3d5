import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallState } from 'vidchat-kit'
import type { DeviceState } from '../media/local-media.svelte.ts'
import { settle } from '../../kit/testing/fake-clock.ts'
import { type EmbeddedPage, Embedding, type ParentWindow } from './embedding.ts'
import { refusalTexts } from './refusals.ts'

const site = 'https://site.example'
const other = 'https://other.example'
const off: DeviceState = { name: 'off', track: undefined }

let now: number
let sent: { message: Record<string, unknown>; to: unknown }[]
const parent = {
  postMessage: (message: Record<string, unknown>, to: unknown) => sent.push({ message, to }),
} as unknown as ParentWindow
let page: ReturnType<typeof fakePage>
let embedding: Embedding

beforeEach(() => {
  now = 0
  sent = []
  page = fakePage()
  embedding = new Embedding({
    page,
    parent,
    origins: [site, other],
    likely: [site, other],
    now: () => now,
  })
})

function fakePage() {
  return {
    call: { state: { name: 'pre-join' } as CallState, participants: [{ id: 'a', name: 'Ann' }] },
    media: {
      microphone: off,
      camera: off,
      setMicrophone: vi.fn(async () => undefined),
      setCamera: vi.fn(async () => undefined),
    },
    name: 'Eve',
    isWaiting: false as boolean,
    join: vi.fn(),
    rejoin: vi.fn(async () => undefined),
    askToJoin: vi.fn(async () => undefined),
    leave: vi.fn(),
  } satisfies EmbeddedPage
}

const source = parent as unknown as MessageEventSource

/** Sends a command as the page around ours does, and returns the answer. */
async function ask(command: object, from: Partial<MessageEvent> = {}) {
  const before = sent.length
  embedding.onMessage({ data: { vidchat: 1, id: 7, ...command }, origin: site, source, ...from })
  await settle()
  return sent.slice(before).find(({ message }) => 'answer' in message)?.message
}

const done = { vidchat: 1, answer: 7, ok: true }
const refused = (code: keyof typeof refusalTexts, more = {}) => ({
  vidchat: 1,
  answer: 7,
  ok: false,
  error: { code, text: refusalTexts[code], ...more },
})
const events = () => sent.map(({ message }) => message).filter((message) => 'event' in message)

describe('whom it listens to', () => {
  it.each([
    ['an origin that is not listed', { origin: 'https://evil.example' }],
    ['a longer one', { origin: `${site}.evil.example` }],
    ['the same name without TLS', { origin: 'http://site.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['another window of a listed site', { source: {} as MessageEventSource }],
    ['a worker or a port', { source: null }],
  ])('not to %s', async (_, from) => {
    expect(await ask({ do: 'join' }, from)).toBeUndefined()
    expect(page.join).not.toHaveBeenCalled()
    expect(sent).toEqual([])
  })

  it('answers nobody but the origin that asked', async () => {
    embedding.ready()
    expect(sent.map(({ to }) => to)).toEqual([site, other])
    sent = []
    await ask({ do: 'join' }, { origin: other })
    embedding.tellState()
    expect(sent.map(({ to }) => to)).toEqual([other, other])
  })
})

describe('what it does', () => {
  it('joins from the lobby, under the name of the user or another', async () => {
    expect(await ask({ do: 'join' })).toEqual(done)
    expect(page.join).toHaveBeenCalledWith(undefined)
    expect(await ask({ do: 'join', name: 'Bo', microphone: false, camera: true })).toEqual(done)
    expect(page.join).toHaveBeenLastCalledWith('Bo')
    expect(page.media.setMicrophone).toHaveBeenCalledExactlyOnceWith(false)
    expect(page.media.setCamera).toHaveBeenCalledExactlyOnceWith(true)
  })

  it('joins again, and asks to join', async () => {
    for (const state of [
      { name: 'left', reason: 'hung-up' },
      { name: 'full', limit: 'seats' },
    ]) {
      page.call.state = state as CallState
      expect(await ask({ do: 'join', name: 'Bo' })).toEqual(done)
    }
    expect(page.rejoin.mock.calls).toEqual([['Bo'], ['Bo']])
    for (const name of ['locked', 'denied'] as const) {
      page.call.state = { name }
      expect(await ask({ do: 'join' })).toEqual(done)
    }
    expect(page.askToJoin.mock.calls).toEqual([['Eve'], ['Eve']])
    expect(page.join).not.toHaveBeenCalled()
  })

  it.each<[CallState, keyof typeof refusalTexts]>([
    [{ name: 'password', problem: 'none', wait: 0 }, 'password-needed'],
    [{ name: 'unavailable', reason: 'link-damaged' }, 'unavailable'],
    [{ name: 'entering', signaling: 'connecting' }, 'not-now'],
    [{ name: 'knocking' }, 'not-now'],
    [{ name: 'waiting', signaling: 'connected', lastToLeave: undefined }, 'not-now'],
  ])('does not join in the state %j', async (state, code) => {
    page.call.state = state
    expect(await ask({ do: 'join', microphone: true })).toEqual(refused(code))
    for (const run of [page.join, page.rejoin, page.askToJoin, page.media.setMicrophone]) {
      expect(run).not.toHaveBeenCalled()
    }
  })

  it('leaves what it joins as soon as the page is complete', async () => {
    page.isWaiting = true
    expect(await ask({ do: 'leave' })).toEqual(done)
    expect(page.leave).toHaveBeenCalledOnce()
  })

  it('leaves what it is in', async () => {
    expect(await ask({ do: 'leave' })).toEqual(refused('not-now'))
    expect(page.leave).not.toHaveBeenCalled()
    page.call.state = { name: 'knocking' }
    expect(await ask({ do: 'leave' })).toEqual(done)
    expect(page.leave).toHaveBeenCalledOnce()
  })

  it('switches devices, and says which it cannot', async () => {
    expect(await ask({ do: 'mute', device: 'microphone' })).toEqual(done)
    expect(page.media.setMicrophone).toHaveBeenCalledExactlyOnceWith(false)
    expect(await ask({ do: 'unmute', device: 'camera' })).toEqual(done)
    expect(page.media.setCamera).toHaveBeenCalledExactlyOnceWith(true)
    page.media.camera = { name: 'missing', problem: 'denied' }
    const unmuted = await ask({ do: 'unmute', device: 'camera' })
    expect(unmuted).toEqual(refused('device-missing', { reason: 'denied' }))
    expect(await ask({ do: 'mute', device: 'camera' })).toEqual(done)
  })

  it('opens no device after the call', async () => {
    page.call.state = { name: 'left', reason: 'hung-up' }
    expect(await ask({ do: 'unmute', device: 'microphone' })).toEqual(refused('not-now'))
    expect(page.media.setMicrophone).not.toHaveBeenCalled()
  })

  it('refuses what it does not know', async () => {
    expect(await ask({ do: 'record' })).toEqual(refused('invalid'))
    expect(await ask({ vidchat: 2, do: 'leave' })).toEqual(refused('unknown-version'))
  })

  it('does 20 commands at once, and then 5 a second', async () => {
    const leave = () => ask({ do: 'leave' })
    page.call.state = { name: 'knocking' }
    for (let i = 0; i < 20; i++) expect(await leave()).toEqual(done)
    expect(await leave()).toEqual(refused('too-many'))
    now = 1000
    for (let i = 0; i < 5; i++) expect(await leave()).toEqual(done)
    expect(await leave()).toEqual(refused('too-many'))
    expect(page.leave).toHaveBeenCalledTimes(25)
  })
})

describe('what it tells', () => {
  it('is the state, who is there and the devices, once for each change', async () => {
    const tell = () => {
      embedding.tellState()
      embedding.tellParticipants()
      embedding.tellDevices()
    }
    await ask({ do: 'leave' })
    tell()
    tell()
    const all = [
      { vidchat: 1, event: 'state', state: 'pre-join' },
      { vidchat: 1, event: 'participants', participants: [{ id: 'a', name: 'Ann' }] },
      { vidchat: 1, event: 'devices', microphone: 'off', camera: 'off' },
    ]
    expect(events()).toEqual(all)
    expect(await ask({ do: 'report' })).toEqual(done)
    expect(events()).toEqual([...all, ...all])
  })

  it.each<[CallState, object]>([
    [
      { name: 'left', reason: 'moved' },
      { state: 'left', reason: 'moved' },
    ],
    [
      { name: 'full', limit: 'seats' },
      { state: 'full', reason: 'seats' },
    ],
    [
      { name: 'unavailable', reason: 'link-damaged' },
      { state: 'unavailable', reason: 'link-damaged' },
    ],
    [{ name: 'waiting', signaling: 'connected', lastToLeave: 'a name' }, { state: 'waiting' }],
    [{ name: 'entering', signaling: 'unreachable', refused: 'an origin' }, { state: 'entering' }],
  ])('of the state %j no more than needed', async (state, told) => {
    await ask({ do: 'leave' })
    page.call.state = state
    embedding.tellState()
    expect(events()).toEqual([{ vidchat: 1, event: 'state', ...told }])
  })

  it('leaves out what else is known of a participant', () => {
    const secrets = { id: 'b', name: 'Bo', stream: {}, rtc: {}, verification: {} }
    page.call.participants = [secrets]
    embedding.tellParticipants()
    expect(events()[0]?.participants).toEqual([{ id: 'b', name: 'Bo' }])
  })
})

describe('docs/embedding.md', () => {
  const text = readFileSync(new URL('../../../docs/embedding.md', import.meta.url), 'utf8')
  /** A complete list, which the types keep true. */
  const states: Record<CallState['name'], true> = {
    'pre-join': true,
    password: true,
    entering: true,
    locked: true,
    knocking: true,
    denied: true,
    waiting: true,
    connecting: true,
    talking: true,
    full: true,
    left: true,
    unavailable: true,
  }

  it.each([...Object.keys(states), ...Object.keys(refusalTexts)])('explains %s', (word) => {
    expect(text).toContain(`| \`${word}\` |`)
  })
})
