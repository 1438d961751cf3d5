import { startPausableProxy } from './pausable-proxy.js'

/**
 * One person's network. Traffic to the server passes a proxy, traffic to the
 * other people a NAT, so the network can be disconnected and replaced.
 */
export class Network {
  #nat
  #proxy
  #context

  static async create(server, nat) {
    const network = new this()
    network.#nat = nat
    network.#proxy = await startPausableProxy(server.port)
    return network
  }

  /** The server's origin as seen from this network. */
  get origin() {
    return this.#proxy.origin
  }

  /** Sends this person's media through the NAT from now on. */
  async attach({ context }) {
    this.#context = context
    await context.exposeFunction('assignCandidate', (text) => this.#nat.assign(text, this))
    await context.exposeFunction('translateCandidate', (text) => this.#nat.translate(text))
    await context.exposeFunction('translateDescription', (sdp) =>
      this.#nat.translateDescription(sdp),
    )
    await context.addInitScript(useNat)
  }

  async disconnect() {
    this.#proxy.pause()
    this.#nat.block(this)
    await this.#context.setOffline(true)
  }

  /** Connects by new addresses. With `lost`, connections to the server stay silent, too. */
  async reconnect({ lost }) {
    // This comes first: an offline browser keeps back what has long been sent.
    await this.#context.setOffline(false)
    this.#nat.retireAddresses(this)
    this.#nat.unblock(this)
    this.#proxy.resume({ lost })
  }

  close() {
    this.#proxy.stop()
  }
}

// Runs in the page: what the other side says is read as if a NAT were in between.
function useNat() {
  const { prototype } = window.RTCPeerConnection
  const { addIceCandidate, setRemoteDescription } = prototype
  prototype.addIceCandidate = async function (given) {
    const candidate = await window.translateCandidate(given.candidate)
    if (candidate) await addIceCandidate.call(this, { ...given, candidate })
  }
  prototype.setRemoteDescription = async function ({ type, sdp }) {
    const translated = await window.translateDescription(sdp)
    await setRemoteDescription.call(this, { type, sdp: translated })
  }
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...given) {
      super(...given)
      this.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate?.candidate) window.assignCandidate(candidate.candidate)
      })
    }
  }
}
