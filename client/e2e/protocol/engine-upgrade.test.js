// Engine.IO conformance: from polling to a WebSocket, with nothing lost.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { dialects, useEcho } from './echo.js'

useEcho()

for (const dialect of dialects) {
  const upgrade = async (t) => {
    const sid = await dialect.open()
    const socket = await dialect.probe(t, sid)
    socket.send('5')
    await socket.assertEchoes()
    return { sid, socket }
  }

  describe(`Engine.IO ${dialect.eio}: upgrade`, () => {
    test('the waiting poll is released with a noop', async (t) => {
      const sid = await dialect.open()
      const waiting = dialect.poll(sid)
      const socket = await dialect.probe(t, sid)
      assert.deepEqual(await waiting, ['6'])
      socket.send('5')
      await socket.assertEchoes()
    })

    test('a poll that comes after the probe is released too', async (t) => {
      const sid = await dialect.open()
      const socket = await dialect.probe(t, sid)
      assert.deepEqual(await dialect.poll(sid), ['6'])
      socket.send('5')
      await socket.assertEchoes()
    })

    test('what was posted during the probe is answered in order', async (t) => {
      const sid = await dialect.open()
      const socket = await dialect.probe(t, sid)
      const sent = Array.from({ length: 20 }, (_, index) => `4before ${index}`)
      await dialect.send(sid, ...sent.slice(0, 10))
      await dialect.send(sid, ...sent.slice(10))
      socket.send('5')
      socket.send('4after')
      for (const message of [...sent, '4after']) {
        assert.equal(await socket.nextMessage(), message)
      }
    })

    test('no poll is answered afterwards', async (t) => {
      const { sid, socket } = await upgrade(t)
      assert.equal((await dialect.get({ sid })).status, 400)
      await socket.assertEchoes()
    })

    test('a second WebSocket is closed', async (t) => {
      const { sid, socket } = await upgrade(t)
      const second = dialect.dial(t, { sid })
      await second.assertCloses()
      await socket.assertEchoes()
    })

    test('a probe given up leaves the session on polling', async (t) => {
      const sid = await dialect.open()
      const socket = await dialect.probe(t, sid)
      socket.close()
      await sleep(50)
      await dialect.send(sid, '4still here')
      const polled = []
      while (!polled.includes('4still here')) polled.push(...(await dialect.poll(sid)))
      await dialect.send(sid, '1')
    })
  })
}
