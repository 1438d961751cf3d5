// Nothing is lost and nobody dropped when clients talk while they connect and
// upgrade over a slow line: the time in which a transport changes is long there.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Peer } from './peer.js'
import { startServer } from '../process.js'
import { startProxy } from './proxy.js'

const oneWay = 40 // ms
const callers = 100
const messages = 10

let server, proxy
before(async () => {
  server = await startServer()
  proxy = await startProxy(server.port, oneWay)
})
after(() => {
  proxy?.stop()
  return server?.stop()
})

test(`${callers} clients ${oneWay} ms away send ${messages} messages while they connect`, async (t) => {
  const calls = await Promise.all(Array.from({ length: callers }, (_, i) => receiveFirst(i)))
  try {
    const started = Date.now()
    for (const call of calls) startCaller(call)
    await Promise.all(calls.map(finish))
    t.diagnostic(`${callers} calls over ${2 * oneWay} ms: ${Date.now() - started} ms`)
  } finally {
    for (const { caller, callee } of calls) for (const peer of [caller, callee]) peer?.close()
  }
})

// The callee is in its room before the caller exists, so whatever the caller
// sends from its first packet on has somebody to reach.
async function receiveFirst(index) {
  const room = randomUUID()
  const version = index % 4 < 2 ? '2.3.0' : '4.8.4'
  const callee = new Peer(proxy.origin, version, 'upgrade')
  callee.emit('create or join', room)
  await callee.next('created')
  return { room, callee, version: index % 2 ? '2.3.0' : '4.8.4' }
}

function startCaller(call) {
  const { room, callee, version } = call
  call.caller = new Peer(proxy.origin, version, 'upgrade')
  call.caller.emit('create or join', room)
  call.sending = Promise.all([send(call.caller, room), answer(callee, room)])
}

// Half at once, before there is a connection, half spread over the handshake,
// the probe and the upgrade (8 one-way trips at the least).
async function send(peer, room) {
  for (let number = 0; number < messages; number++) {
    if (number >= messages / 2) await sleep(oneWay * 2)
    peer.emit('message', { number, room, text: 'é€𝄞'.repeat(number * 30) })
  }
}

// The other direction: while the newcomer's transport changes under it.
async function answer(peer, room) {
  await peer.next('join')
  await send(peer, room)
}

async function finish({ caller, callee, sending }) {
  await caller.next('joined')
  await sending
  for (const receiver of [caller, callee]) {
    for (let number = 0; number < messages; number++) {
      const [details] = await receiver.next('message')
      assert.equal(details.number, number, `lost or out of order at ${receiver.name}`)
    }
    await receiver.upgraded()
    assert.deepEqual(receiver.unread('message'), [], 'a message came twice')
    assert.deepEqual(receiver.drops, [], receiver.name)
  }
}
