import { createSocket } from 'node:dgram'

/**
 * A NAT that all media passes through. Each address at which a browser receives
 * is mapped to a port here, and others are told that port instead of the address.
 * What they send arrives from a port mapped to them, so two browsers never
 * exchange a packet directly.
 */
export class Nat {
  #mappings = new Map()
  #owners = new Map()
  #blocked = new Set([retired])

  /** Records that the address in a candidate belongs to this network. */
  assign(candidate, network) {
    const address = addressIn(candidate)
    if (address) this.#owners.set(keyOf(address), network)
  }

  /** The candidate with its mapped address; undefined if it has none that can be mapped. */
  async translate(candidate) {
    const address = addressIn(candidate)
    if (!address) return undefined
    const mapped = (await this.#mappingOf(address)).address()
    const words = candidate.split(' ')
    words.splice(4, 2, mapped.address, String(mapped.port))
    return words.join(' ')
  }

  /** A session description with its candidates translated. */
  async translateDescription(sdp) {
    const lines = sdp.split('\r\n').map(async (line) => {
      if (!line.startsWith('a=candidate:')) return line
      const candidate = await this.translate(line.slice(2))
      return candidate && `a=${candidate}`
    })
    return (await Promise.all(lines)).filter((line) => line !== undefined).join('\r\n')
  }

  /** Drops every packet from and to this network until `unblock`. */
  block(network) {
    this.#blocked.add(network)
  }

  unblock(network) {
    this.#blocked.delete(network)
  }

  /** Drops every packet from and to the addresses this network has had so far. */
  retireAddresses(network) {
    for (const [address, owner] of this.#owners) {
      if (owner === network) this.#owners.set(address, retired)
    }
  }

  async stop() {
    for (const socket of await Promise.all(this.#mappings.values())) socket.close()
  }

  #mappingOf(inside) {
    const key = keyOf(inside)
    if (!this.#mappings.has(key)) this.#mappings.set(key, this.#map(inside))
    return this.#mappings.get(key)
  }

  async #map(inside) {
    const socket = createSocket('udp4')
    await new Promise((resolve, reject) => {
      socket.once('error', reject).bind({ address: inside.address, port: 0 }, resolve)
    })
    socket.on('error', () => {}) // a browser that has gone is no fault
    socket.on('message', (packet, from) => this.#forward(packet, from, inside))
    return socket
  }

  async #forward(packet, from, to) {
    const networks = [from, to].map((address) => this.#owners.get(keyOf(address)))
    if (networks.some((network) => this.#blocked.has(network))) return
    const socket = await this.#mappingOf({ address: from.address, port: from.port })
    socket.send(packet, to.port, to.address)
  }
}

// The owner of addresses that are no longer in use.
const retired = Symbol('retired')

const keyOf = ({ address, port }) => `${address}:${port}`

// UDP over IPv4 is enough on one machine; mDNS names stand for the same addresses.
function addressIn(candidate) {
  const [, , protocol, , address, port] = candidate.split(' ')
  const usable = protocol?.toLowerCase() === 'udp' && /^[\d.]+$/.test(address)
  return usable ? { address, port: Number(port) } : undefined
}
