// Engine.IO conformance: how sessions are opened, and what is refused.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialects, slowHeartbeat, url, useEcho } from './echo.js'

useEcho()

for (const dialect of dialects) {
  const { eio, decode } = dialect

  const assertHandshake = (packet, upgrades) => {
    assert.equal(packet[0], '0')
    const { sid, maxPayload, ...rest } = JSON.parse(packet.slice(1))
    assert.match(sid, /^[\w-]{20,}$/)
    assert.deepEqual(rest, { upgrades, ...slowHeartbeat })
    if (eio === 4) assert.ok(Number.isInteger(maxPayload) && maxPayload > 0)
  }

  describe(`Engine.IO ${eio}: handshake`, () => {
    test('over polling', async () => {
      const response = await dialect.get({})
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('content-type'), 'text/plain; charset=UTF-8')
      const packets = decode(await response.text())
      assert.equal(packets.length, 1)
      assertHandshake(packets[0], ['websocket'])
    })

    test('over websocket', async (t) => {
      const { handshake } = await dialect.openWebSocket(t)
      assertHandshake(handshake, [])
    })

    test('no two sessions share an id', async () => {
      const sids = await Promise.all(Array.from({ length: 50 }, () => dialect.open()))
      assert.equal(new Set(sids).size, sids.length)
    })

    // Older Swift clients send none.
    test('no EIO is 3', async () => {
      const response = await fetch(url({ transport: 'polling' }))
      assert.equal(response.status, 200)
      assert.match(await response.text(), /^\d+:0\{"sid":"/)
    })

    const refused = [
      ['EIO that is no number', 'GET', { EIO: 'abc', transport: 'polling' }, 5],
      ['no transport', 'GET', { EIO: eio }, 0],
      ['unknown transport', 'GET', { EIO: eio, transport: 'abc' }, 0],
      ['POST', 'POST', { EIO: eio, transport: 'polling' }, 2],
      ['PUT', 'PUT', { EIO: eio, transport: 'polling' }, 2],
      ['unknown sid', 'GET', { EIO: eio, transport: 'polling', sid: 'none' }, 1],
    ]
    for (const [what, method, query, code] of refused) {
      test(`refuses over polling: ${what}`, async () => {
        const response = await fetch(url(query), { method })
        assert.equal(response.status, 400)
        assert.equal((await response.json()).code, code)
      })
    }

    const refusedSockets = [
      ['EIO that is no number', { EIO: 'abc' }],
      ['unknown transport', { transport: 'abc' }],
      ['unknown sid', { sid: 'none' }],
    ]
    for (const [what, query] of refusedSockets) {
      test(`refuses over websocket: ${what}`, async (t) => {
        const socket = dialect.dial(t, query)
        await socket.assertCloses()
        assert.deepEqual(socket.received.rest, [])
      })
    }
  })
}
