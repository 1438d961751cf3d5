import { connect, createServer } from 'node:net'

/**
 * A TCP proxy in front of a port of the loopback interface. While it is paused
 * nothing passes, but neither side sees an end: what is sent waits, as it does
 * when a network is gone.
 */
export async function startPausableProxy(port) {
  const pairs = new Set()
  let old = new Set() // connections that existed when the proxy was paused
  let paused = false

  const listener = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true })
    const pair = [near, far]
    pairs.add(pair)
    forward(near, far)
    forward(far, near)
    near.once('close', () => pairs.delete(pair))
    if (paused) pause(pair)
  })
  await new Promise((resolve, reject) => {
    listener.once('error', reject).listen(0, '127.0.0.1', resolve)
  })

  return {
    origin: `http://127.0.0.1:${listener.address().port}`,

    pause() {
      paused = true
      old = new Set(pairs)
      pairs.forEach(pause)
    },

    /** With `lost`, old connections stay silent for ever, as after a change of address. */
    resume({ lost = false } = {}) {
      paused = false
      const passing = [...pairs].filter((pair) => !lost || !old.has(pair))
      for (const socket of passing.flat()) socket.resume()
    },

    stop() {
      listener.close()
      for (const socket of [...pairs].flat()) socket.destroy()
    },
  }
}

function forward(from, to) {
  from.on('data', (chunk) => to.write(chunk))
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
}

function pause(pair) {
  for (const socket of pair) socket.pause()
}
