// Every generation of socket.io-client, over every transport, makes a call's
// signaling: two meet, exchange descriptions, a third is told the room is full. With
// E2E_NODES=3, every client has its session on another node than the one before.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Peer, transports, versions } from './peer.js'
import { startServerOrNodes } from '../nodes.js'

const matrix = versions.flatMap((version) =>
  Object.keys(transports).map((transport) => ({ version, transport })),
)

const text = 'v=0\r\no=Zoë 你好 👩‍👩‍👧\r\ns=\u2028\u2029\r\n'
const description = (type) => ({
  sdp: { type, sdp: text },
  extra: { z: [1.5, null], 10: true, a: '' },
})
const candidate = {
  candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'x+/' },
}

let server
before(async () => (server = await startServerOrNodes()))
after(() => server?.stop())

describe('two of the same client', () => {
  for (const { version, transport } of matrix) {
    test(`${version} over ${transport}`, () => call({ version, transport }, { version, transport }))
  }
})

describe('an old client and a new one', () => {
  const current = { version: '4.8.4', transport: 'upgrade' }
  const original = { version: '2.3.0', transport: 'upgrade' }
  for (const version of versions.filter((version) => version !== current.version)) {
    const partner = version < '3' ? current : original
    const tested = { version, transport: 'upgrade' }
    test(`${version} first, then ${partner.version}`, () => call(tested, partner))
    test(`${partner.version} first, then ${version}`, () => call(partner, tested))
  }
})

async function call(one, other) {
  // Clients of version 1 encode what they poll twice. The server knows them by
  // text that is not ASCII; until then it takes two in a room for of one kind.
  const room = `${one.version === other.version ? 'call' : 'Zoë 你'} ${randomUUID()}`
  const peers = []
  const enter = ({ version, transport }) => {
    const peer = new Peer(server.origin, version, transport)
    peers.push(peer)
    peer.emit('create or join', room)
    return peer
  }
  try {
    const first = enter(one)
    assert.deepEqual(await first.next('created'), [room, first.id])
    const second = enter(other)
    assert.deepEqual(await first.next('join'), [room])
    assert.deepEqual(await second.next('joined'), [room, second.id])

    const publicID = await exchange(room, second, first)
    await thirdIsTurnedAway(enter, other, room)
    await assertOpensNothing(publicID, peers)

    for (const peer of peers) assert.deepEqual(peer.drops, [], peer.name)
    second.close()
    assert.deepEqual(await first.next('bye'), [room, publicID])
    assert.deepEqual(first.unread('message'), [])
  } finally {
    for (const peer of peers) peer.close()
  }
}

// Sent in one go while both may still be upgrading, and again afterwards.
async function exchange(room, caller, callee) {
  const upgrading = [caller, callee].filter((peer) => peer.transport === 'upgrade')
  const publicID = await relay(room, caller, callee)
  await Promise.all(upgrading.map((peer) => peer.upgraded()))
  const after = await relay(room, caller, callee)
  assert.equal(after, publicID, 'the public id of a member stays the same')
  return publicID
}

async function relay(room, caller, callee) {
  const sent = [
    { ...description('offer'), room },
    { ...candidate, room },
  ]
  for (const details of sent) caller.emit('message', details)
  const senders = new Set()
  for (const details of sent) senders.add(await receive(callee, details))
  const answer = { ...description('answer'), room }
  callee.emit('message', answer)
  senders.add(await receive(caller, answer))
  assert.equal(senders.size, 2, 'one public id for each')
  return [...senders][0]
}

// The order of keys counts too, which deepEqual does not see.
async function receive(peer, details) {
  const [received, sender, ...more] = await peer.next('message')
  assert.equal(JSON.stringify(received), JSON.stringify(details))
  assert.deepEqual(more, [])
  return sender
}

async function thirdIsTurnedAway(enter, client, room) {
  const third = enter(client)
  assert.deepEqual(await third.next('full'), [room])
  third.emit('message', { ...candidate, room })
}

// What others learn of a member must not be the secret that is its session.
async function assertOpensNothing(publicID, peers) {
  assert.equal(typeof publicID, 'string')
  assert.ok(publicID.length > 0)
  const secrets = peers.flatMap((peer) => [peer.id, peer.engine.id])
  assert.ok(!secrets.includes(publicID), 'the public id is a session or socket id')
  for (const eio of [3, 4]) {
    const url = `${server.origin}/socket.io/?EIO=${eio}&transport=polling&sid=${publicID}`
    const response = await fetch(url)
    assert.equal(response.status, 400)
    assert.deepEqual(await response.json(), { code: 1, message: 'Session ID unknown' })
  }
}
