// A call on a server that somebody else has started, at E2E_ORIGIN.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { call } from '../browser/call.js'
import { Caller } from '../browser/caller.js'
import { launch } from '../browser/chromium.js'
import { answering } from '../process.js'

const origin = process.env.E2E_ORIGIN
if (!origin) throw new Error('set E2E_ORIGIN to the origin of the server, as http://localhost:4000')

let browser
before(async () => {
  await answering(`${origin}/healthz`)
  browser = await launch()
})
after(() => browser?.close())

test('tells callers which ICE servers to use', async () => {
  const response = await fetch(`${origin}/turn-server-config`)
  assert.equal(response.status, 200)
  const { iceServers } = await response.json()
  assert.ok(Array.isArray(iceServers))
})

test('has the licenses of what its pages contain', async () => {
  const text = await (await fetch(`${origin}/licenses.txt`)).text()
  for (const name of ['@fontsource-variable/figtree', 'socket.io-client', 'svelte']) {
    assert.match(text, new RegExp(`^${name} \\d`, 'm'))
  }
})

test('carries a call', async () => {
  const arrive = () => Caller.arrive(browser, origin)
  await call(arrive, arrive)
})
