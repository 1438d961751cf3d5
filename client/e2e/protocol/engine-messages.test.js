// Engine.IO conformance: text and binary messages come back as they went.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialects, url, useEcho } from './echo.js'
import { payload } from './session.js'

useEcho()

for (const dialect of dialects) {
  const { eio } = dialect

  describe(`Engine.IO ${eio}: messages over polling`, () => {
    const payloads = {
      'one packet': ['4hello'],
      'several packets': ['4one', '4two', '4three'],
      'non-ASCII text': ['4héllo €', '4👩‍👩‍👧 𝄞', '4\u2028'],
      'an empty message': ['4'],
    }
    for (const [what, packets] of Object.entries(payloads)) {
      test(what, async () => {
        const sid = await dialect.open()
        await dialect.send(sid, ...packets)
        assert.deepEqual(await pollFor(sid, packets.length), packets)
      })
    }

    test('binary as base64, between text', async () => {
      const query = eio === 3 ? { b64: '1' } : {}
      const binary = eio === 3 ? 'b4AQIDBA==' : 'bAQIDBA=='
      const sid = await dialect.open(query)
      await dialect.send(sid, '4hello', binary, '4bye')
      assert.deepEqual(await pollFor(sid, 3, query), ['4hello', binary, '4bye'])
    })

    const pollFor = async (sid, count, query) => {
      const packets = []
      while (packets.length < count) {
        const polled = await dialect.poll(sid, query)
        packets.push(...polled.filter((packet) => packet !== '2'))
      }
      return packets
    }

    test('a payload that is none ends the session', async () => {
      const sid = await dialect.open()
      // What the POST itself is told differs between servers; a reset will do.
      await dialect.post(sid, 'abc').catch(() => {})
      await dialect.assertGone(sid)
    })

    test('a second poll beside the first ends the session', async () => {
      const sid = await dialect.open()
      // The first to arrive waits; the second ends the session, which the first is told.
      const polls = await Promise.all(['one', 'other'].map((t) => dialect.get({ sid, t })))
      const [first, second] = polls.sort((one, other) => one.status - other.status)
      assert.equal(first.status, 200)
      assert.deepEqual(dialect.decode(await first.text()), ['1'])
      assert.ok([400, 500].includes(second.status), `answered ${second.status}`)
      await dialect.assertGone(sid)
    })
  })

  describe(`Engine.IO ${eio}: messages over websocket`, () => {
    for (const text of ['hello', '', '👩‍👩‍👧 𝄞 \u2028', 'x'.repeat(60_000)]) {
      test(`text of ${text.length}`, async (t) => {
        const socket = await dialect.openWebSocket(t)
        await socket.assertEchoes(`4${text}`)
      })
    }

    // EIO 3 marks the type in the first byte, EIO 4 sends the bare data.
    const mark = eio === 3 ? [4] : []
    for (const length of [0, 1, 4, 60_000]) {
      test(`binary of ${length}`, async (t) => {
        const socket = await dialect.openWebSocket(t)
        const data = Array.from({ length }, (_, index) => index % 256)
        await socket.assertEchoes(Buffer.from([...mark, ...data]))
      })
    }

    test('keeps the order of text and binary', async (t) => {
      const socket = await dialect.openWebSocket(t)
      const frames = Array.from({ length: 40 }, (_, index) =>
        index % 3 ? `4${index}` : Buffer.from([...mark, index]),
      )
      for (const frame of frames) socket.send(frame)
      for (const frame of frames) assert.deepEqual(await socket.nextMessage(), frame)
    })

    test('a frame that is no packet ends the session', async (t) => {
      const socket = await dialect.openWebSocket(t)
      socket.send('abc')
      await socket.assertCloses()
    })
  })
}

describe('Engine.IO 3: binary payloads', () => {
  // 00 or 01, the decimal digits of the length as single bytes, ff, data.
  const chunk = (kind, data) =>
    Buffer.from([kind, ...Array.from(String(data.length), Number), 0xff, ...data])
  const mixed = Buffer.concat([
    chunk(0, Buffer.from('4hello')),
    chunk(1, Buffer.from([4, 1, 2, 3, 4])),
    chunk(1, Buffer.alloc(300, 4)),
  ])

  test('go both ways over polling', async () => {
    const sid = await dialects[0].open()
    const headers = { 'Content-Type': 'application/octet-stream' }
    const posted = await dialects[0].post(sid, mixed, headers)
    assert.equal(await posted.text(), 'ok')
    const polled = await fetch(url({ EIO: 3, transport: 'polling', sid }))
    assert.equal(polled.headers.get('content-type'), 'application/octet-stream')
    assert.deepEqual(Buffer.from(await polled.arrayBuffer()), mixed)
  })

  test('text alone stays a text payload', async () => {
    const sid = await dialects[0].open()
    const headers = { 'Content-Type': 'text/plain;charset=UTF-8' }
    await dialects[0].post(sid, payload[3].encode(['4hello']), headers)
    const polled = await fetch(url({ EIO: 3, transport: 'polling', sid }))
    assert.equal(polled.headers.get('content-type'), 'text/plain; charset=UTF-8')
    assert.equal(await polled.text(), '6:4hello')
  })
})
