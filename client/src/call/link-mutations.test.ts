/**
 * Links as mail and chat programs deliver them: whatever they do, a link opens
 * the same call or is refused as damaged, and the server never learns the key.
 */
import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { LocalMedia } from '../media/local-media.svelte.ts'
import { Preferences } from '../media/preferences.ts'
import {
  type CallLink,
  type CallState,
  fragmentOf,
  IceServers,
  isBeforeJoining,
  newCallLink,
  PasswordStore,
  readInvitation,
  SeatStore,
  SpareConnection,
  urlOf,
} from 'vidchat-kit'
import { FakeClock } from '../../kit/testing/fake-clock.ts'
import {
  asPeerConnection,
  FakePeerConnection,
  fakeStream,
} from '../../kit/testing/fake-peer-connection.ts'
import { FakeSignaling } from '../../kit/testing/fake-signaling.ts'
import { CallPage } from './call-page.svelte.ts'
import { OtherTabs } from './other-tabs.svelte.ts'
import { reactive } from './reactive.svelte.ts'

const ORIGIN = 'https://calls.example'
const ROUNDS = 2000
/** A busy machine takes long, in ms. */
const TIMEOUT = 60_000
/** A part of the key that is no shorter than this must never be sent, in characters. */
const SECRET = 8

/** Mulberry32: a seed makes a failure repeatable. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

let random = randomFrom(1)
const below = (end: number) => Math.floor(random() * end)
const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T

function newLink(): CallLink {
  const getRandomValues = <T extends ArrayBufferView | null>(array: T) => {
    if (array instanceof Uint8Array) array.set(array.map(() => below(256)))
    return array
  }
  const random = { getRandomValues }
  const { draft, ...link } = newCallLink({ random, password: below(3) === 0, secure: true })
  const digits = () => Array.from({ length: 32 }, () => below(16).toString(16)).join('')
  // Links of the form before names were bound to passwords go on.
  return draft && below(2) === 0 ? { ...link, room: `${link.room}-${digits()}` } : link
}

/** Percent-encodes ASCII punctuation, too, unlike encodeURIComponent. */
const percent = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16)}`).join('')
const clinging = [
  '.',
  ',',
  ')',
  '>',
  '"',
  '”',
  '»',
  '…',
  '!',
  '?',
  ';',
  ':',
  ']',
  '*',
  '_',
  ' ',
  '\n',
]
const tracking = ['utm_source=mail', 'fbclid=IwAR0aBcDeFgHiJk', 'gclid=Cj0KCQ', 'ref=Xy1Zz9']

/** What programs do to a link. */
const changes: ((url: string) => string)[] = [
  (url) => url.replace(',', pick(['%2C', '%2c', '%252C', '%25252c'])),
  (url) => url.replace('#', pick(['%23', '%2523'])),
  (url) => url.replace('/#', pick(['#', '%23', '', '/', '?', '/?id=1%23', '/#/', '/##'])),
  (url) => url.replace('/call', pick(['/Call', '/CALL', '//call', ''])),
  (url) => url + pick(clinging),
  (url) => url + percent(pick(clinging)),
  (url) => `${url}${pick(['?', '&', '&amp;', '#', '%26'])}${pick(tracking)}`,
  (url) => url.replace('#', `?${pick(tracking)}#`),
  (url) =>
    url.replace(',', pick([', ', ',%20', ' ,', '\\,', '%E2%80%8B,', ';', '&#44;', '%EF%BC%8C'])),
  (url) => url.slice(0, -1 - below(40)),
  (url) => pick([url.toLowerCase(), url.toUpperCase()]),
  (url) => url.replace(/#.*/, (fragment) => `#${encodeURIComponent(fragment.slice(1))}`),
  (url) => `${url} and then`,
]

function mutate(url: string): string {
  let mutated = url
  for (let count = 1 + below(3); count > 0; count--) mutated = pick(changes)(mutated)
  return mutated
}

/** Cuts at both ends, and characters that are lost, added, or changed. */
function mangle(text: string): string {
  const start = below(text.length)
  const cut = below(3) > 0 ? text.slice(start, start + 1 + below(text.length)) : text
  const characters = [...cut]
  for (let count = below(4); count > 0; count--) {
    characters.splice(
      below(characters.length + 1),
      below(2),
      pick([...'.,-_%/#?aZ3 \u200B', '%20']),
    )
  }
  return characters.join('')
}

/** The script of the server's page for unknown addresses; returns where it leads. */
const script = readFileSync('../internal/web/errorpage/link.js', 'utf8')
function moved(url: URL): string {
  const open = { href: '' }
  const location = {
    pathname: url.pathname,
    search: url.search,
    hash: url.hash,
    replace: (target: string) => (open.href = target),
  }
  const getElementById = (id: string) => (id === 'open' ? open : {})
  const document = { getElementById, querySelector: () => ({ textContent: '' }) }
  new Function('location', 'document', script)(location, document)
  return open.href
}

let server: FakeSignaling
let fetched: string[]
beforeEach(() => {
  random = randomFrom(2026)
})

function newLinkAndServer(): CallLink {
  server = new FakeSignaling()
  fetched = []
  return newLink()
}

function openPage({ hash, search }: URL): CallPage {
  const preferences = new Preferences(undefined)
  const createStream = fakeStream
  const media = new LocalMedia({ mediaDevices: undefined, secure: true, preferences, createStream })
  const createPeerConnection = () => asPeerConnection(new FakePeerConnection())
  const iceServers = new IceServers(async (path) => {
    fetched.push(path)
    return Response.json({ iceServers: [] })
  })
  const clock = new FakeClock()
  const call = {
    reactive,
    openSignaling: server.open,
    createPeerConnection,
    createStream,
    iceServers,
    spare: new SpareConnection({ createPeerConnection, iceServers, clock }),
    clock,
    passwords: new PasswordStore(undefined),
    subtle: crypto.subtle,
  }
  const deps = {
    call,
    location: { hash, search, origin: ORIGIN },
    history: { replaceState: () => undefined },
    document: { visibilityState: 'visible' as const },
    navigator: { onLine: true },
    random: crypto,
    preferences,
    tabs: new OtherTabs(undefined, new SeatStore(undefined), new FakeClock()),
    early: { keep: () => undefined, close: () => undefined },
    hasWebRtc: true,
  }
  return new CallPage(deps, media)
}

/** Opens a URL as a browser does, joins, and returns the page, if the URL leads to one. */
function visit(address: string): CallPage | undefined {
  let url = new URL(address)
  if (!/^\/call\/?$/.test(url.pathname)) {
    const target = moved(url)
    if (target === '') return undefined
    url = new URL(target, ORIGIN)
  }
  const page = openPage(url)
  if (!isBeforeJoining(page.call.state)) return page
  page.join()
  if (page.call.state.name === 'entering') server.emit.connected()
  page.leave()
  return page
}

function expectSecret({ key = new Uint8Array() }: CallLink, mutated: string): void {
  const text = Buffer.from(key).toString('base64url')
  const sent = JSON.stringify([server.rooms, server.requests, server.sent, fetched])
  for (let start = 0; start + SECRET <= text.length; start++) {
    const part = text.slice(start, start + SECRET)
    if (sent.includes(part)) expect.fail(`${mutated} sent ${part}: ${sent}`)
  }
}

const isDamaged = (state: CallState) =>
  state.name === 'unavailable' && state.reason === 'link-damaged'

/** What a cut leaves may be a name that someone typed: it has too little of ours to tell. */
const isShortName = (room: string) => /^(pw-)?[\da-f]{0,15}([^\da-f]|$)/i.test(room)

const nothingLeft = (url: string) => /\/call\/?#?$/.test(url)

describe('a link that was changed on its way', () => {
  it('opens the same call, or is damaged', { timeout: TIMEOUT }, () => {
    const outcomes = { same: 0, damaged: 0, missing: 0, cut: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const link = newLinkAndServer()
      const mutated = mutate(urlOf(link, ORIGIN))
      const page = visit(mutated)
      const { call } = page ?? {}
      if (!call) outcomes.missing++
      else if (fragmentOf(call.link) === fragmentOf(link)) outcomes.same++
      else if (isDamaged(call.state)) outcomes.damaged++
      else if (isShortName(call.link.room) || nothingLeft(mutated)) outcomes.cut++
      else expect.fail(`${mutated} opened ${fragmentOf(call.link)}`)
      expectSecret(link, mutated)
    }
    expect(outcomes.same).toBeGreaterThan(ROUNDS / 4)
    expect(outcomes.damaged).toBeGreaterThan(ROUNDS / 10)
    expect(outcomes.cut).toBeLessThan(ROUNDS / 100)
  })

  it('is the same in the field for links, or is refused', { timeout: TIMEOUT }, () => {
    let same = 0
    for (let round = 0; round < ROUNDS; round++) {
      const link = newLinkAndServer()
      const mutated = mutate(urlOf(link, ORIGIN))
      const result = readInvitation(mutated, ORIGIN)
      if (result.kind === 'invalid') continue
      if (isShortName(result.room)) continue
      if (fragmentOf(result) !== fragmentOf(link)) expect.fail(`${mutated}: ${fragmentOf(result)}`)
      same++
    }
    expect(same).toBeGreaterThan(ROUNDS / 3)
  })
})

describe('a part of a link', () => {
  it('never sends a part of the key', { timeout: TIMEOUT }, () => {
    for (let round = 0; round < ROUNDS; round++) {
      const link = newLinkAndServer()
      const mangled = mangle(fragmentOf(link))
      visit(`${ORIGIN}/call/#${mangled}`)
      const result = readInvitation(mangled, ORIGIN)
      if (result.kind === 'room') visit(urlOf(result, ORIGIN))
      expectSecret(link, mangled)
    }
  })
})
