import { connect, createServer } from 'node:net'

/**
 * Puts a server far away: a proxy that passes on everything after the delay of each way,
 * in ms, and needs a round trip more for each connection, as TCP does. Media does not
 * pass it.
 */
export async function startDistance(port, delay) {
  const sockets = new Set()
  const proxy = createServer((near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true })
    near.setNoDelay()
    pass(near, far, delay, 2 * delay)
    pass(far, near, delay, 0)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${proxy.address().port}`,
    stop: () => {
      proxy.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Passes on what comes from one socket to the other; the first of it once there is a connection. */
function pass(from, to, delay, handshake) {
  const open = performance.now() + handshake
  const later = (action) => setTimeout(action, delay + Math.max(0, open - performance.now()))
  from.on('data', (data) => later(() => to.writable && to.write(data)))
  from.on('close', () => later(() => to.destroy()))
}
