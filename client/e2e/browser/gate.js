import { connect, createServer } from 'node:net'

/**
 * A TCP proxy in front of a port of the loopback interface through which nothing
 * passes while it is shut, though neither side sees an end: what is sent waits,
 * as it does where the network is gone.
 */
export async function startGate(port) {
  const pairs = new Set()
  let before = new Set() // that were there when the gate was shut
  let shut = false

  const listener = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true })
    const pair = [near, far]
    pairs.add(pair)
    hand(near, far)
    hand(far, near)
    near.once('close', () => pairs.delete(pair))
    if (shut) pause(pair)
  })
  await new Promise((resolve, reject) => {
    listener.once('error', reject).listen(0, '127.0.0.1', resolve)
  })

  return {
    origin: `http://127.0.0.1:${listener.address().port}`,

    shut() {
      shut = true
      before = new Set(pairs)
      pairs.forEach(pause)
    },

    /** `lost`: the connections of before stay silent for ever, as after a change of address. */
    open({ lost = false } = {}) {
      shut = false
      const passing = [...pairs].filter((pair) => !lost || !before.has(pair))
      for (const socket of passing.flat()) socket.resume()
    },

    stop() {
      listener.close()
      for (const socket of [...pairs].flat()) socket.destroy()
    },
  }
}

function hand(from, to) {
  from.on('data', (chunk) => to.write(chunk))
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
}

function pause(pair) {
  for (const socket of pair) socket.pause()
}
