// A load balancer without affinity: each request goes to the next server, wherever the
// ones before it went. Handshakes and other requests take turns apart, so that clients
// that come one after the other have their sessions on different servers. A server that
// is not ready gets none.
//   node balancer.js PORT URL …
import http from 'node:http'
import { connect } from 'node:net'
import { pathToFileURL } from 'node:url'

/** How often the servers are asked whether they are ready, and how long they may take, in ms. */
const checkEvery = 500
const checkTimeout = 2000

/** Starts a balancer on a port of the loopback interface. */
export async function startBalancer(port, origins) {
  const turns = { handshake: 0, other: 0 }
  const agent = new http.Agent({ keepAlive: true })
  const unready = new Set()
  const next = (url) => {
    const isHandshake = url.startsWith('/socket.io/') && !url.includes('sid=')
    const turn = turns[isHandshake ? 'handshake' : 'other']++
    const found = origins.filter((origin) => !unready.has(origin))
    const all = found.length > 0 ? found : origins
    return new URL(all[turn % all.length])
  }
  const checks = setInterval(() => {
    for (const origin of origins) {
      isReady(origin).then((ready) => (ready ? unready.delete(origin) : unready.add(origin)))
    }
  }, checkEvery)
  const sockets = new Set()

  const server = http.createServer((request, response) => {
    const { hostname, port } = next(request.url)
    const { method, url: path } = request
    const headers = forwarded(request)
    const onward = http.request({ agent, hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => {
      if (!response.headersSent) response.writeHead(502)
      response.end()
    })
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })

  server.on('upgrade', (request, client, head) => {
    const { hostname, port } = next(request.url)
    const target = connect(port, hostname, () => {
      const lines = Object.entries(forwarded(request)).map(([name, value]) => `${name}: ${value}`)
      const first = `${request.method} ${request.url} HTTP/1.1`
      target.write([first, ...lines, '', ''].join('\r\n'))
      target.write(head)
      target.pipe(client).pipe(target)
    })
    for (const [one, other] of [
      [client, target],
      [target, client],
    ]) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })

  server.on('connection', (socket) => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', resolve),
  )
  const stop = () => {
    clearInterval(checks)
    server.close()
    for (const socket of sockets) socket.destroy()
    agent.destroy()
  }
  return { origin: `http://127.0.0.1:${port}`, stop }
}

async function isReady(origin) {
  const signal = AbortSignal.timeout(checkTimeout)
  return fetch(`${origin}/readyz`, { signal }).then(
    (answer) => answer.ok,
    () => false,
  )
}

function forwarded(request) {
  const address = request.socket.remoteAddress
  const before = request.headers['x-forwarded-for']
  return {
    ...request.headers,
    'x-forwarded-for': before ? `${before}, ${address}` : address,
    'x-forwarded-proto': 'http',
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [port, ...origins] = process.argv.slice(2)
  const { origin } = await startBalancer(Number(port), origins)
  console.log(`${origin}/ leads to ${origins.length} nodes in turn`)
}
