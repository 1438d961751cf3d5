// A proxy between browsers and the server. It forwards pages and WebSockets, can
// rewrite what it forwards, and can drop all connections.
import { createServer, request } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'

/**
 * Starts the proxy. `rewrite` receives the details of each `message` that a client
 * sends, as an object, and returns what is forwarded instead, or a promise of it.
 */
export async function startMitmProxy(port, rewrite = (details) => details) {
  const sockets = new Set()
  let open = true
  const web = createServer((asked, answer) => {
    if (open) forward(port, asked, answer)
    else asked.socket.destroy()
  })
  const acceptor = new WebSocketServer({ noServer: true })
  web.on('upgrade', (asked, socket, head) => {
    if (!open) return socket.destroy()
    acceptor.handleUpgrade(asked, socket, head, (near) => {
      sockets.add(near)
      near.once('close', () => sockets.delete(near))
      join(near, dial(port, asked), rewrite)
    })
  })
  await new Promise((resolve, reject) => web.once('error', reject).listen(0, '127.0.0.1', resolve))
  const disconnect = () => {
    open = false
    for (const socket of sockets) socket.terminate()
  }
  return {
    origin: `http://127.0.0.1:${web.address().port}`,
    /** Drops all connections without a close frame, and refuses new ones until `reconnect`. */
    disconnect,
    reconnect: () => (open = true),
    stop() {
      disconnect()
      web.closeAllConnections()
      return new Promise((resolve) => web.close(resolve))
    },
  }
}

function forward(port, asked, answer) {
  const { method, url: path, headers } = asked
  const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answered) => {
    answer.writeHead(answered.statusCode, answered.headers)
    answered.pipe(answer)
  })
  onward.on('error', () => answer.destroy())
  asked.pipe(onward)
}

function dial(port, { url, headers: { host, origin, cookie } }) {
  const headers = { host, origin, ...(cookie ? { cookie } : {}) }
  return new WebSocket(`ws://127.0.0.1:${port}${url}`, { headers })
}

// Packets wait until the far side is open. When one side ends, so does the other.
function join(near, far, rewrite) {
  let forwarded = new Promise((resolve) => far.once('open', resolve))
  near.on('message', (data) => {
    forwarded = forwarded.then(async () => far.send(await changed(String(data), rewrite)))
    forwarded.catch(() => far.terminate())
  })
  far.on('message', (data) => near.send(String(data)))
  near.on('error', () => far.terminate())
  far.on('error', () => near.terminate())
  near.on('close', (code) => end(far, code))
  far.on('close', (code) => end(near, code))
}

// 1006 means no close frame, 1005 one without a code.
function end(socket, code) {
  if (code === 1006) socket.terminate()
  else socket.close(code === 1005 ? undefined : code)
}

const message = '42["message",'

async function changed(packet, rewrite) {
  if (!packet.startsWith(message)) return packet
  const [event, details, ...more] = JSON.parse(packet.slice(2))
  return `42${JSON.stringify([event, await rewrite(details), ...more])}`
}
