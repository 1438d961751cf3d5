import { beforeEach, expect, it, vi } from 'vitest'
import { HELLO_TIMEOUT } from './link.ts'
import { loadTalk } from './load.ts'
import { answerOf, CallTest, key } from '../../kit/testing/call-test.ts'
import { settle } from '../../kit/testing/fake-clock.ts'
import { LateTalk } from './late-talk.svelte.ts'
import { CODE_TIMEOUT } from '../../kit/src/trust/connection-checks.ts'

await loadTalk()

let t: CallTest
let talk: LateTalk
const page = 'AbCdEfGhIjKlMnOpQrStUv'

beforeEach(() => {
  t = new CallTest()
  listen()
})

/** Lets the call of the test talk. */
function listen(): void {
  t.call.events = talk = new LateTalk(t.call, t.clock)
}

/** What was sent over the last connection that is not about media or the code. */
const said = () =>
  (t.lastConnection.channel?.sent ?? []).filter((data) => !/muted|commit|reveal/.test(data))

const hear = (message: object) =>
  t.lastConnection.channel?.onmessage?.({ data: JSON.stringify(message) })

/** Waits, also on a busy machine, until this fails no more. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000 })

async function connected(): Promise<void> {
  await t.talk('bo')
  t.lastConnection.channel?.open()
  // The certificate is checked, and the exchange of a code has begun.
  await eventually(() => {
    expect(t.lastConnection.channel?.sent.join()).toContain('commit')
    expect(talk.current).toBeDefined()
  })
}

it('nothing is said before the checks of the connection are over', async () => {
  await connected()
  talk.current?.write('hi')
  hear({ talk: 1, files: 1 })
  hear({ text: 'hello', page, n: 1 })
  expect(said()).toEqual([])
  expect(talk.current?.log.entries).toHaveLength(1)
  await t.clock.advance(CODE_TIMEOUT) // there is no code: the page says so, and the call goes on
  expect(said().map((data) => JSON.parse(data))).toMatchObject([
    { talk: 1, hand: 0 },
    { text: 'hi', n: 1 },
    { got: 1 },
  ])
  expect(talk.current?.log.entries).toHaveLength(2)
})

it('nothing is said or heard over a connection that was refused', async () => {
  await connected()
  const { channel } = t.lastConnection
  talk.current?.write('hi')
  hear({ text: 'hello', page, n: 1 })
  t.server.emit.message({ refused: true }, 'bo')
  await settle()
  channel?.onmessage?.({ data: JSON.stringify({ text: 'hello', page, n: 2 }) })
  await t.clock.advance(CODE_TIMEOUT + HELLO_TIMEOUT)
  expect(t.call.participants[0]?.connection).toBe('rejected')
  expect(said()).toEqual([])
  expect(talk.current?.log.entries).toHaveLength(1)
})

it('nothing is said to somebody whose certificate is another one', async () => {
  await t.join(['bo'])
  await t.receive(answerOf('OF bo'), 'bo')
  t.lastConnection.transport.state = 'connected'
  t.lastConnection.transport.certificates = [new Uint8Array([1]).buffer]
  t.lastConnection.enterState('connected')
  t.lastConnection.channel?.open()
  talk.current?.write('hi')
  await settle()
  expect(said()).toEqual([])
})

it('somebody without the key of the call hears nothing', async () => {
  t.call = t.newCall({ room: 'room', password: false, key })
  listen()
  await t.join(['bo'])
  await t.receive(answerOf('OF bo'), 'bo')
  talk.load()
  await eventually(() => {
    expect(t.call.participants[0]?.connection).toBe('rejected')
    expect(talk.current).toBeDefined()
  })
  talk.current?.write('hi')
  expect(said()).toEqual([])
})

it('texts are kept until the call ends', async () => {
  await connected()
  talk.current?.write('hi')
  t.server.emit.disconnected()
  t.server.emit.connected()
  t.server.giveSeat(['bo'])
  expect(talk.current?.log.entries).toHaveLength(1)
  t.call.leave()
  expect(talk.current).toBeUndefined()
  await t.talk('bo')
  await eventually(() => expect(talk.current?.log.entries).toHaveLength(0))
})

it('knows whether others were there before', async () => {
  await connected()
  expect(talk.current?.isLate).toBe(true)
  t.call.leave()
  await t.join([])
  talk.load()
  await eventually(() => expect(talk.current?.isLate).toBe(false))
})

it('huge and binary messages are not even read', async () => {
  await connected()
  await t.clock.advance(CODE_TIMEOUT)
  const { channel } = t.lastConnection
  channel?.onmessage?.({ data: JSON.stringify({ text: 'x'.repeat(70_000), page, n: 1 }) })
  channel?.onmessage?.({ data: new ArrayBuffer(9) as unknown as string })
  channel?.onmessage?.({ data: JSON.stringify({ text: 'small', page, n: 2 }) })
  const texts = talk.current?.log.entries.map((entry) => entry.kind === 'text' && entry.text)
  expect(texts).toEqual(['small'])
})
