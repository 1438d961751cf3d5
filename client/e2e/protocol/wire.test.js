// What a peer sends arrives byte for byte, over every pair of transports.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { startServer } from '../process.js'
import { connect, routes } from './session.js'

// JSON texts whose meaning or form a decoder could change on the way.
const details = {
  'an offer':
    '{"sdp":{"type":"offer","sdp":"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\n"},"room":ROOM}',
  'a candidate':
    '{"candidate":{"candidate":"candidate:1 1 udp 2122 ::1 9 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"aB3+"},"room":ROOM}',
  'no room': '{"sdp":{"type":"answer","sdp":""}}',
  'non-ASCII text': '{"name":"Zoë Ωμέγα 你好","room":ROOM}',
  'surrogate pairs': '{"name":"👩‍👩‍👧 𝄞","room":ROOM}',
  'line separators': '{"raw":"\u2028\u2029","escaped":"\\u2028\\u2029","room":ROOM}',
  'a lone surrogate, escaped': '{"name":"\\ud83d \\uDC69","room":ROOM}',
  'escapes of every kind': '{"s":"\\u0041\\/\\"\\\\\\b\\f\\u0000\\u00e9","room":ROOM}',
  'numbers out of range': '{"big":1e400,"small":1e-400,"minus":-0,"zeros":1.0E+02,"room":ROOM}',
  'integers of 20 digits': '{"id":12345678901234567890,"room":ROOM}',
  'unknown fields in their order':
    '{"z":1,"10":2,"a":{"y":[],"x":{}},"9":null,"__proto__":{"polluted":true},"room":ROOM}',
  'spaces between tokens': '{ "a" :\t[ 1 , 2 ] ,\n "room" : ROOM }',
  'text that looks like framing':
    '{"s":"5:42[1]\\u001e6:4","brackets":"]}],\\"message\\"","room":ROOM}',
  'a description of 20 kB': `{"sdp":{"type":"offer","sdp":"${'a=é'.repeat(6000)}"},"room":ROOM}`,
}

const name = ({ eio, transport }) => `EIO ${eio} ${transport}`

describe('messages on the wire', () => {
  let server
  before(async () => (server = await startServer()))
  after(() => server?.stop())

  for (const from of routes) {
    for (const to of routes) {
      test(`from ${name(from)} to ${name(to)}`, () => exchange(server.origin, from, to))
    }
  }
})

async function exchange(origin, from, to) {
  const room = JSON.stringify(`ещё ${randomUUID()}`)
  const [sender, receiver] = await Promise.all([connect(origin, from), connect(origin, to)])
  try {
    await receiver.emit('create or join', room)
    assert.equal(await receiver.event('created'), answer('created', room, receiver))
    await sender.emit('create or join', room)
    assert.equal(await sender.event('joined'), answer('joined', room, sender))
    for (const [what, template] of Object.entries(details)) {
      const text = template.replace('ROOM', room)
      await sender.emit('message', text)
      assertRelayed(await receiver.event('message'), text, what)
    }
  } finally {
    await Promise.all([sender.close(), receiver.close()])
  }
}

function answer(event, room, { socketID }) {
  return `42["${event}",${room},"${socketID}"]`
}

function assertRelayed(packet, text, what) {
  const start = `42["message",${text},"`
  assert.equal(packet.slice(0, start.length), start, what)
  assert.match(
    packet.slice(start.length),
    /^[^"\\]+"\]$/,
    `${what}: a public id, and nothing after`,
  )
}
