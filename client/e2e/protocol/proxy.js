import { connect, createServer } from 'node:net'

/**
 * A TCP proxy in front of a port of the loopback interface that hands every
 * byte on after the given milliseconds, each way, as a long line does.
 */
export async function startProxy(port, milliseconds) {
  const sockets = new Set()
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    delay(near, far, milliseconds)
    delay(far, near, milliseconds)
  })
  await new Promise((resolve, reject) => {
    listener.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${listener.address().port}`,
    stop() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

// Timers of one duration fire in the order in which they were set.
function delay(from, to, milliseconds) {
  const later = (action) => setTimeout(action, milliseconds).unref()
  from.on('data', (chunk) => later(() => to.destroyed || to.write(chunk)))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => later(() => to.destroy()))
}
