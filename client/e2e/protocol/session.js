// Engine.IO sessions spoken by hand, in both dialects, so that tests see the
// text on the wire and not what a JSON parser made of it.
import WebSocket from 'ws'
import { Inbox } from '../inbox.js'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Payload framing of long-polling: EIO 3 counts UTF-16 units, EIO 4 separates. */
export const payload = {
  3: {
    encode: (packets) => packets.map((packet) => `${packet.length}:${packet}`).join(''),
    decode(text) {
      const packets = []
      for (let at = 0; at < text.length;) {
        const colon = text.indexOf(':', at)
        const length = Number(text.slice(at, colon))
        if (colon < 0 || !Number.isInteger(length)) throw new Error(`bad payload: ${text}`)
        packets.push(text.slice(colon + 1, colon + 1 + length))
        at = colon + 1 + length
      }
      return packets
    },
  },
  4: {
    encode: (packets) => packets.join('\x1e'),
    decode: (text) => text.split('\x1e'),
  },
}

/** One way of reaching the server: dialect (3 or 4) and path of the transport. */
export const routes = [3, 4].flatMap((eio) =>
  ['polling', 'websocket', 'upgrade'].map((transport) => ({ eio, transport })),
)

/** Opens a session by a route and waits until its namespace is connected. */
export async function connect(origin, { eio, transport }, path = '/socket.io/') {
  const session = new Session(`${origin}${path}`, eio)
  await (transport === 'websocket' ? session.openWebSocket() : session.openPolling())
  await session.enterNamespace()
  if (transport === 'upgrade') await session.upgrade()
  return session
}

export class Session {
  inbox = new Inbox()
  #endpoint
  #eio
  #socket
  #polls = new AbortController()
  #polling

  constructor(endpoint, eio) {
    this.#endpoint = endpoint
    this.#eio = eio
  }

  url(transport, sid = this.sid) {
    return `${this.#endpoint}?EIO=${this.#eio}&transport=${transport}${sid ? `&sid=${sid}` : ''}`
  }

  async openPolling() {
    const packets = await this.poll()
    this.handshake = JSON.parse(packets.shift().slice(1))
    this.sid = this.handshake.sid
    for (const packet of packets) this.#take(packet)
    this.#polling = this.#keepPolling()
  }

  async openWebSocket() {
    this.#socket = await this.#dial()
    const open = await this.inbox.next('the open packet')
    this.handshake = JSON.parse(open.slice(1))
    this.sid = this.handshake.sid
  }

  /** EIO 3 servers connect the namespace `/` unasked, EIO 4 clients ask for it. */
  async enterNamespace() {
    if (this.#eio === 4) await this.send('40')
    const answer = await this.inbox.next('the connect packet')
    if (!answer.startsWith('40')) throw new Error(`not a connect packet: ${answer}`)
    this.socketID = this.#eio === 4 ? JSON.parse(answer.slice(2)).sid : this.sid
  }

  /** Moves a polling session to a WebSocket, as the official clients do. */
  async upgrade() {
    const probes = new Inbox()
    const socket = await this.#dial((packet) =>
      packet === '3probe' ? probes.push(packet) : this.#take(packet),
    )
    socket.send('2probe')
    await probes.next('the answer to the probe')
    this.upgrading = true
    await this.#polling
    socket.send('5')
    this.#socket = socket
  }

  async poll() {
    const response = await fetch(this.url('polling'), { signal: this.#polls.signal })
    const text = utf8.decode(await response.arrayBuffer())
    if (response.status !== 200) throw new Error(`poll answered ${response.status}: ${text}`)
    return payload[this.#eio].decode(text)
  }

  async post(...packets) {
    const response = await fetch(this.url('polling'), {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain;charset=UTF-8' },
      body: payload[this.#eio].encode(packets),
    })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`post answered ${response.status}: ${text}`)
  }

  async send(packet) {
    if (this.#socket) this.#socket.send(packet)
    else await this.post(packet)
  }

  /** Emits an event whose arguments are JSON texts, sent as they are. */
  emit(event, ...rawArguments) {
    return this.send(`42[${[JSON.stringify(event), ...rawArguments].join(',')}]`)
  }

  /** The next event of this name, as the text of its whole packet. */
  async event(name) {
    const start = `42[${JSON.stringify(name)}`
    for (;;) {
      const packet = await this.inbox.next(`the event ${name}`)
      if (packet.startsWith(start)) return packet
    }
  }

  async close() {
    if (this.#socket) this.#socket.close()
    else await this.post('1').catch(() => {})
    this.#polls.abort()
    await this.#polling
  }

  async #keepPolling() {
    try {
      while (!this.upgrading) for (const packet of await this.poll()) this.#take(packet)
    } catch (error) {
      this.inbox.close(error)
    }
  }

  #take(packet) {
    if (packet === '2' && this.#eio === 4) this.send('3').catch(() => {})
    else if (packet !== '6' && packet !== '3') this.inbox.push(packet)
  }

  #dial(take = (packet) => this.#take(packet)) {
    const socket = new WebSocket(this.url('websocket').replace('http', 'ws'))
    socket.on('message', (data) => take(utf8.decode(data)))
    socket.on('close', (code) => this.inbox.close(new Error(`WebSocket closed with ${code}`)))
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket))
      socket.once('error', reject)
    })
  }
}
