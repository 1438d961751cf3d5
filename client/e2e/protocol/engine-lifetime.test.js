// Engine.IO conformance: heartbeats keep a session, silence and closing end it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { dialects, fastHeartbeat, useEcho } from './echo.js'

const { pingInterval, pingTimeout } = fastHeartbeat
const alive = pingInterval + pingTimeout

useEcho(fastHeartbeat)

for (const dialect of dialects) {
  const { eio } = dialect

  // EIO 3 clients ping, EIO 4 servers do.
  const [clientSays, serverSays] = eio === 3 ? ['2', '3'] : ['3', '2']

  // They wait beside each other.
  describe(`Engine.IO ${eio}: heartbeat`, { concurrency: true }, () => {
    test('over polling', async () => {
      const sid = await dialect.open()
      for (let beat = 0; beat < 3; beat++) {
        if (eio === 3) await dialect.send(sid, clientSays)
        assert.deepEqual(await dialect.poll(sid), [serverSays])
        if (eio === 4) await dialect.send(sid, clientSays)
      }
    })

    test('over websocket', async (t) => {
      const socket = await dialect.openWebSocket(t)
      await beat(socket)
    })

    test('an upgraded session lives by it, and ends without', async (t) => {
      const socket = await dialect.probe(t, await dialect.open())
      socket.send('5')
      await socket.assertEchoes()
      await beat(socket)
      await socket.assertCloses()
    })

    const beat = async (socket) => {
      for (let count = 0; count < 3; count++) {
        if (eio === 3) socket.send(clientSays)
        assert.equal(await socket.next(), serverSays)
        if (eio === 4) socket.send(clientSays)
      }
    }

    test('a polling client that is silent is given up', async () => {
      const sid = await dialect.open()
      await sleep(2 * alive)
      await dialect.assertGone(sid)
    })

    test('a websocket client that is silent is given up, but not too soon', async (t) => {
      const started = Date.now()
      const socket = await dialect.openWebSocket(t)
      await socket.assertCloses()
      assert.ok(Date.now() - started >= alive - 50)
    })
  })

  describe(`Engine.IO ${eio}: close`, () => {
    test('over polling: the waiting poll is released', async () => {
      const sid = await dialect.open()
      const waiting = dialect.poll(sid)
      await sleep(200) // until it waits, also on a busy machine
      await dialect.send(sid, '1')
      assert.deepEqual(await waiting, ['6'])
      await dialect.assertGone(sid)
    })

    test('over websocket', async (t) => {
      const socket = await dialect.openWebSocket(t)
      socket.send('1')
      await socket.assertCloses()
    })
  })
}
