// Callers who are forced onto the server's own TURN server, over one transport.
import { createHmac } from 'node:crypto'
import { freePort, startServer } from '../process.js'

const secret = 'only for tests, at least'

/** Settings of a server with https and TURN on loopback. */
export async function settingsOfRelay(certificate, more = {}) {
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
    TURN_SECRET: secret,
    ...more,
  }
}

/** Starts a server with these settings, again with the same ports. */
export const startRelay = (settings) => startServer(settings, settings.PORT)

/**
 * Has this person use only relays, and only over one transport: udp, tcp, tls, or
 * https for TLS at the port of the pages. With `brief`, the credentials of the first
 * connection end that many seconds after it was made.
 */
export async function forceRelay(person, { origin, transport, brief = 0 }) {
  const credentials = brief ? briefCredentials(brief) : {}
  await person.runFirst(restrictConnections, { transport, port: new URL(origin).port, credentials })
}

/** Credentials by the second at which they are taken, for the next minutes. */
function briefCredentials(seconds) {
  const now = Math.floor(Date.now() / 1000)
  const entries = Array.from({ length: 180 }, (_, after) => {
    const username = `${now + after + seconds}:CHATSERVICE`
    const credential = createHmac('sha1', secret).update(username).digest('base64')
    return [now + after, { username, credential }]
  })
  return Object.fromEntries(entries)
}

/** Runs in the page. */
function restrictConnections({ transport, port, credentials }) {
  const wanted = {
    udp: (url) => url.startsWith('turn:') && url.endsWith('transport=udp'),
    tcp: (url) => url.startsWith('turn:') && url.endsWith('transport=tcp'),
    tls: (url) => url.startsWith('turns:') && !url.includes(`:${port}?`),
    https: (url) => url.startsWith('turns:') && url.includes(`:${port}?`),
  }[transport]
  const restrict = (configuration = {}, instead = {}) => ({
    ...configuration,
    iceTransportPolicy: 'relay',
    iceServers: (configuration.iceServers ?? [])
      .filter(({ urls }) => wanted(String(urls)))
      .map((server) => ({ ...server, ...instead })),
  })
  const opened = []
  window.relayConnections = opened
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(configuration, ...more) {
      const second = Math.floor(Date.now() / 1000)
      super(restrict(configuration, opened.length === 0 ? credentials[second] : {}), ...more)
      opened.push(this)
    }
    setConfiguration(configuration) {
      super.setConfiguration(restrict(configuration))
    }
  }
}

/** Waits until the connection in use goes through a relay, which the browser says a little later. */
export async function usesRelay(person, transport) {
  const protocol = transport === 'https' ? 'tls' : transport
  await person.waitFor(async (protocol) => {
    const connection = window.relayConnections.findLast(
      (each) => each.connectionState === 'connected',
    )
    const stats = [...((await connection?.getStats())?.values() ?? [])]
    // Firefox marks the pair, and has no transport.
    const transport = stats.find(({ type }) => type === 'transport')
    const pair = stats.find(
      ({ id, type, selected }) =>
        type === 'candidate-pair' && (selected || id === transport?.selectedCandidatePairId),
    )
    const local = stats.find(({ id }) => id === pair?.localCandidateId)
    return local?.candidateType === 'relay' && local.relayProtocol === protocol
  }, protocol)
}
