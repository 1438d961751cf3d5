import { createSocket } from 'node:dgram'

/**
 * A way for media through the test: what NAT does, with a door for each address
 * at which a browser receives. Others are told the door's address instead, and
 * whoever knocks there is heard from behind a door of their own, so that no two
 * browsers ever exchange a packet directly.
 */
export class Doors {
  #doors = new Map()
  #owners = new Map()
  #closed = new Set([nowhere])

  /** The address behind a candidate belongs to this line. */
  own(candidate, line) {
    const address = addressIn(candidate)
    if (address) this.#owners.set(keyOf(address), line)
  }

  /** The candidate with its door in the place of its address; undefined where it has none. */
  async through(candidate) {
    const address = addressIn(candidate)
    if (!address) return undefined
    const door = (await this.#doorTo(address)).address()
    const words = candidate.split(' ')
    words.splice(4, 2, door.address, String(door.port))
    return words.join(' ')
  }

  /** A description with its candidates replaced likewise. */
  async describe(sdp) {
    const lines = sdp.split('\r\n').map(async (line) => {
      if (!line.startsWith('a=candidate:')) return line
      const candidate = await this.through(line.slice(2))
      return candidate && `a=${candidate}`
    })
    return (await Promise.all(lines)).filter((line) => line !== undefined).join('\r\n')
  }

  /** Lets nothing pass any more, from or to this line, or lets it pass again. */
  shut(line, shut) {
    if (shut) this.#closed.add(line)
    else this.#closed.delete(line)
  }

  /** This line has other addresses from now on: nothing reaches the ones it had. */
  move(line) {
    for (const [address, owner] of this.#owners) {
      if (owner === line) this.#owners.set(address, nowhere)
    }
  }

  async stop() {
    for (const door of await Promise.all(this.#doors.values())) door.close()
  }

  #doorTo(inside) {
    const key = keyOf(inside)
    if (!this.#doors.has(key)) this.#doors.set(key, this.#build(inside))
    return this.#doors.get(key)
  }

  async #build(inside) {
    const door = createSocket('udp4')
    await new Promise((resolve, reject) => {
      door.once('error', reject).bind({ address: inside.address, port: 0 }, resolve)
    })
    door.on('error', () => {}) // a browser that has gone is no fault
    door.on('message', (packet, from) => this.#pass(packet, from, inside))
    return door
  }

  async #pass(packet, from, to) {
    const lines = [from, to].map((address) => this.#owners.get(keyOf(address)))
    if (lines.some((line) => this.#closed.has(line))) return
    const door = await this.#doorTo({ address: from.address, port: from.port })
    door.send(packet, to.port, to.address)
  }
}

// Whose the addresses are that nobody has any more.
const nowhere = Symbol('nowhere')

const keyOf = ({ address, port }) => `${address}:${port}`

// UDP over IPv4 is enough for one machine; names of mDNS stand for the same.
function addressIn(candidate) {
  const [, , protocol, , address, port] = candidate.split(' ')
  const usable = protocol?.toLowerCase() === 'udp' && /^[\d.]+$/.test(address)
  return usable ? { address, port: Number(port) } : undefined
}
