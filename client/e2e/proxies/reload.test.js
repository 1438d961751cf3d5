// A proxy that is reloaded cuts or closes every WebSocket behind it. A locked
// call stays locked, its members have their seats, and no stranger gets in.
// PROXIES names the proxies to try; by default all.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import WebSocket from 'ws'
import { Inbox } from '../inbox.js'
import { timeout } from '../timeout.js'
import { startServer } from '../process.js'
import { proxies, startProxy } from './proxies.js'

const io = createRequire(import.meta.url)('sio-4.8.4')
const chosen = process.env.PROXIES?.split(' ') ?? Object.keys(proxies)

let server
before(async () => (server = await startServer({ TRUST_PROXY: 'true' })))
after(() => server?.stop())

for (const name of chosen) {
  describe(name, () => {
    let proxy
    before(async () => (proxy = await startProxy(name, server.port)))
    after(() => proxy?.stop())

    for (const transports of [['websocket'], ['polling', 'websocket']]) {
      test(`a locked call, by ${transports}`, () => lockedCall(proxy, transports))
    }
    test('a call of old clients', () => oldCall(proxy))
  })
}

async function lockedCall(proxy, transports) {
  const room = randomUUID()
  const members = [new Member(proxy.origin, transports), new Member(proxy.origin, transports)]
  const stranger = new Member(server.origin, ['websocket'])
  try {
    for (const member of members) assert.equal((await member.enter(room)).ok, true)
    await members[0].ask('lock', true)
    for (const member of members) await member.usesWebSocket()
    const lost = members.map((member) => member.lost())
    await proxy.reload()
    await Promise.all(lost)
    assert.equal((await stranger.enter(room)).error, 'locked')

    for (const member of members) {
      await member.connected()
      const entry = await member.enter(room)
      assert.deepEqual(
        { ok: entry.ok, resumed: entry.resumed, locked: entry.locked },
        { ok: true, resumed: true, locked: true },
      )
    }
    assert.equal((await stranger.enter(room)).error, 'locked')
  } finally {
    for (const member of [...members, stranger]) member.socket.disconnect()
  }
}

/** A member that comes back by itself, as vidchat's client does. */
class Member {
  constructor(origin, transports) {
    this.socket = io(origin, { transports, forceNew: true, reconnectionDelay: 200 })
  }

  ask(...event) {
    return this.socket.timeout(timeout).emitWithAck(...event)
  }

  async enter(room) {
    const entry = await this.ask('enter', room, { seat: this.seat })
    this.seat ??= entry.seat
    return entry
  }

  async usesWebSocket() {
    const { engine } = this.socket.io
    if (engine.transport.name === 'websocket') return
    await new Promise((resolve) => engine.once('upgrade', resolve))
  }

  lost() {
    return new Promise((resolve) => this.socket.once('disconnect', resolve))
  }

  async connected() {
    if (this.socket.connected) return
    await new Promise((resolve) => this.socket.once('connect', resolve))
  }
}

async function oldCall(proxy) {
  const room = randomUUID()
  const clients = []
  const dial = async (origin, cookie) => {
    const client = await OldClient.dialUntil(origin, cookie)
    clients.push(client)
    return client
  }
  try {
    const first = await dial(proxy.origin)
    first.send('create or join', room)
    await first.event('created')
    const second = await dial(proxy.origin)
    second.send('create or join', room)
    await second.event('joined')
    await proxy.reload()
    await Promise.all([first.lost, second.lost])

    // It does not join again: it sends its next message, with its cookie.
    const firstBack = await dial(proxy.origin, first.sid)
    firstBack.send('message', { room, n: 1 })
    const secondBack = await dial(proxy.origin, second.sid)
    secondBack.send('message', { room, n: 2 })
    assert.equal((await secondBack.event('message'))[1].n, 1)
    assert.equal((await firstBack.event('message'))[1].n, 2)
    const third = await dial(server.origin)
    third.send('create or join', room)
    assert.equal((await third.event('full'))[1], room)
  } finally {
    for (const { socket } of clients) socket.terminate()
  }
}

/** The original's client as a browser has it: with the cookie of its last session. */
class OldClient {
  #inbox = new Inbox()

  static async dial(origin, cookie) {
    const client = new OldClient()
    const url = `${origin.replace('http', 'ws')}/socket.io/?EIO=3&transport=websocket`
    client.socket = new WebSocket(url, { headers: cookie ? { Cookie: `io=${cookie}` } : {} })
    client.socket.on('message', (data) => client.#inbox.push(String(data)))
    client.lost = new Promise((resolve) => client.socket.once('close', resolve))
    client.lost.then(() => client.#inbox.close(new Error('the connection is gone')))
    await new Promise((resolve, reject) => {
      client.socket.once('open', resolve)
      client.socket.once('error', reject)
    })
    client.sid = JSON.parse((await client.#inbox.next('the open packet')).slice(1)).sid
    await client.#inbox.next('the connect packet')
    return client
  }

  /** Dials until the proxy is back. */
  static async dialUntil(origin, cookie) {
    for (const deadline = Date.now() + 4_000; ;) {
      try {
        return await OldClient.dial(origin, cookie)
      } catch (error) {
        if (Date.now() > deadline) throw error
      }
    }
  }

  send(...event) {
    this.socket.send(`42${JSON.stringify(event)}`)
  }

  async event(name) {
    for (;;) {
      const event = JSON.parse((await this.#inbox.next(name)).slice(2) || '[]')
      if (event[0] === name) return event
    }
  }
}
