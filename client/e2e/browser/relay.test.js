// Calls that are forced onto the server's own TURN server, over each transport.
// E2E_RELAYED sets the number of calls over each.
// Slow: each call is between two fresh browser contexts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freePort, startServer } from '../process.js'
import { makeCertificate } from '../certificate.js'
import { Caller } from './caller.js'
import { smallPictures } from './camera.js'
import { launch } from './chromium.js'
import { newPath } from './links.js'
import { originalClient } from './original/folder.js'
import { Original } from './original/original.js'

const count = Number(process.env.E2E_RELAYED ?? 1)

let certificate, browser, original
before(async () => {
  certificate = makeCertificate()
  original = originalClient()
  // Nobody has signed the certificate of a turns: server on loopback.
  browser = await launch([smallPictures(), '--ignore-certificate-errors'])
})
after(async () => {
  await browser?.close()
  certificate?.remove()
  original?.remove()
})

for (const transport of ['udp', 'tcp', 'tls', 'https']) {
  test(`over ${transport}: ${count} calls`, async () => {
    const server = await startRelay()
    try {
      for (let number = 0; number < count; number++) await call(server, transport, Caller)
    } finally {
      await server.stop()
    }
  })
}

test('the original client over udp', async () => {
  const server = await startRelay({ CLIENT_DIR: original.folder })
  try {
    await call(server, 'udp', Original)
  } finally {
    await server.stop()
  }
})

// The relays end with the process, so the callers have to find new ones.
test('a restart of the server during a relayed call', async () => {
  const settings = await settingsOfRelay()
  let server = await startServer(settings, settings.PORT)
  const people = []
  try {
    const origin = server.origin
    for (let i = 0; i < 2; i++) people.push(await arrive(Caller, origin, 'udp'))
    const path = newPath()
    for (const person of people) await person.enter(path)
    for (const person of people) await person.sees()
    await server.stop()
    server = await startServer(settings, settings.PORT)
    for (const person of people) await person.keepsSeeing(30)
    for (const person of people) await usesRelay(person)
  } finally {
    for (const person of people) await person.leave()
    await server.stop()
  }
})

async function settingsOfRelay(more = {}) {
  const [port, turn, turns] = [await freePort(), await freePort(), await freePort()]
  return {
    PORT: String(port),
    HOST: '127.0.0.1',
    HTTP_PORT: 'off',
    TLS_CERT: certificate.cert,
    TLS_KEY: certificate.key,
    TURN_LISTEN: `127.0.0.1:${turn}`,
    TURNS_LISTEN: `127.0.0.1:${turns}`,
    TURN_PUBLIC_IP: '127.0.0.1',
    TURN_SECRET: 'only for tests, at least',
    ...more,
  }
}

async function startRelay(more) {
  const settings = await settingsOfRelay(more)
  return startServer(settings, settings.PORT)
}

async function arrive(kind, origin, transport) {
  const person = await kind.arrive(browser, origin, { ignoreHTTPSErrors: true })
  await person.context.addInitScript(forceRelay, { transport, port: new URL(origin).port })
  return person
}

async function call(server, transport, kind) {
  const people = []
  try {
    const path = newPath()
    for (let i = 0; i < 2; i++) {
      const person = await arrive(kind, server.origin, transport)
      people.push(person)
      await person.enter(path)
      await person.inRoom()
    }
    await Promise.all(people.map((person) => person.sees()))
    await Promise.all(people.map((person) => person.keepsSeeing()))
    for (const person of people) {
      await usesRelay(person)
      assert.deepEqual(person.faults, [])
    }
  } finally {
    for (const person of people) await person.leave()
  }
}

/** Runs in the page: only relays are used, and only over one transport. */
function forceRelay({ transport, port }) {
  const wanted = {
    udp: (url) => url.startsWith('turn:') && url.endsWith('transport=udp'),
    tcp: (url) => url.startsWith('turn:') && url.endsWith('transport=tcp'),
    tls: (url) => url.startsWith('turns:') && !url.includes(`:${port}?`),
    https: (url) => url.startsWith('turns:') && url.includes(`:${port}?`),
  }[transport]
  const restrict = (configuration = {}) => ({
    ...configuration,
    iceTransportPolicy: 'relay',
    iceServers: (configuration.iceServers ?? []).filter(({ urls }) => wanted(String(urls))),
  })
  const opened = []
  window.relayConnections = opened
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration, ...more) {
      super(restrict(configuration), ...more)
      opened.push(this)
    }
    setConfiguration(configuration) {
      super.setConfiguration(restrict(configuration))
    }
  }
}

/** Waits until the connection in use goes through a relay, which the browser says a little later. */
async function usesRelay({ page }) {
  await page.waitForFunction(async () => {
    const connection = window.relayConnections.findLast(
      (each) => each.connectionState === 'connected',
    )
    const stats = [...((await connection?.getStats())?.values() ?? [])]
    const transport = stats.find(({ type }) => type === 'transport')
    const pair = stats.find(({ id }) => id === transport?.selectedCandidatePairId)
    return stats.find(({ id }) => id === pair?.localCandidateId)?.candidateType === 'relay'
  })
}
