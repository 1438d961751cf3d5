// A server of the test's own between the people and the real one: hands on
// pages and WebSockets, may change what it hands on, and may cut the line.
import { createServer, request } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'

/**
 * Starts a server in the middle. `meddle` gets the details of each `message`
 * that somebody sends, as an object, and returns what is handed on instead.
 */
export async function startMiddle(port, meddle = (details) => details) {
  const lines = new Set()
  let open = true
  const web = createServer((asked, answer) => {
    if (open) handOn(port, asked, answer)
    else asked.socket.destroy()
  })
  const acceptor = new WebSocketServer({ noServer: true })
  web.on('upgrade', (asked, socket, head) => {
    if (!open) return socket.destroy()
    acceptor.handleUpgrade(asked, socket, head, (near) => {
      lines.add(near)
      near.once('close', () => lines.delete(near))
      join(near, dial(port, asked), meddle)
    })
  })
  await new Promise((resolve, reject) => web.once('error', reject).listen(0, '127.0.0.1', resolve))
  const cut = () => {
    open = false
    for (const line of lines) line.terminate()
  }
  return {
    origin: `http://127.0.0.1:${web.address().port}`,
    /** Ends all connections without a goodbye, and takes none until `mend`. */
    cut,
    mend: () => (open = true),
    stop() {
      cut()
      web.closeAllConnections()
      return new Promise((resolve) => web.close(resolve))
    },
  }
}

function handOn(port, asked, answer) {
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

// What comes before the far side is open waits; a cut near side cuts the far one.
function join(near, far, meddle) {
  const opened = new Promise((resolve) => far.once('open', resolve))
  near.on('message', async (data) => {
    const packet = changed(String(data), meddle)
    await opened
    far.send(packet)
  })
  far.on('message', (data) => near.send(String(data)))
  near.on('error', () => far.terminate())
  far.on('error', () => near.terminate())
  near.on('close', (code) => end(far, code))
  far.on('close', (code) => end(near, code))
}

// 1006 is no goodbye at all, 1005 one without a reason.
function end(line, code) {
  if (code === 1006) line.terminate()
  else line.close(code === 1005 ? undefined : code)
}

const message = '42["message",'

function changed(packet, meddle) {
  if (!packet.startsWith(message)) return packet
  const [event, details, ...more] = JSON.parse(packet.slice(2))
  return `42${JSON.stringify([event, meddle(details), ...more])}`
}
