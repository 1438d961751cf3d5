/** Whether the server is reached, by WebSocket and by requests alone. */

/** How long the server may take, in ms. */
const TIMEOUT = 8000
const PATH = '/socket.io/?EIO=4&transport='

/** Packets of Engine.IO 4. */
const OPEN = '0'
const CLOSE = '1'
const CONNECT = '40'

/** Opens a session without a seat and ends it. Returns the round trip in ms. */
export async function checkWebSocket(origin: string): Promise<number> {
  const socket = new WebSocket(origin.replace(/^http/, 'ws') + PATH + 'websocket')
  try {
    await packet(socket, OPEN)
    const sent = performance.now()
    socket.send(CONNECT)
    await packet(socket, CONNECT)
    return performance.now() - sent
  } finally {
    socket.close()
  }
}

/** Opens a session by requests and ends it. */
export async function checkPolling(): Promise<void> {
  const opened = await request(PATH + 'polling')
  const { sid } = JSON.parse(opened.slice(OPEN.length)) as { sid: string }
  await request(`${PATH}polling&sid=${encodeURIComponent(sid)}`, { method: 'POST', body: CLOSE })
}

/** Waits for the next packet of this kind. */
function packet(socket: WebSocket, kind: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error('the WebSocket does not work'))
    const timer = setTimeout(fail, TIMEOUT)
    socket.onclose = socket.onerror = fail
    socket.onmessage = ({ data }) => {
      if (!String(data).startsWith(kind)) return
      clearTimeout(timer)
      resolve()
    }
  })
}

async function request(path: string, init: RequestInit = {}): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT)
  const response = await fetch(path, { ...init, signal, cache: 'no-store' })
  if (!response.ok) throw new Error(`the server answers ${response.status}`)
  return response.text()
}
