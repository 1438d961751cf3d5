import { startGate } from './gate.js'

/**
 * One person's line to the world: everything they send and receive, to the
 * server through a gate, to the others through doors. It can be cut and mended.
 */
export class Line {
  #doors
  #gate
  #context

  static async lay(server, doors) {
    const line = new this()
    line.#doors = doors
    line.#gate = await startGate(server.port)
    return line
  }

  /** Where this person finds the server. */
  get origin() {
    return this.#gate.origin
  }

  /** Leads this person's media through the doors from now on. */
  async lead({ context }) {
    this.#context = context
    await context.exposeFunction('ownCandidate', (text) => this.#doors.own(text, this))
    await context.exposeFunction('throughDoor', (text) => this.#doors.through(text))
    await context.exposeFunction('throughDoors', (sdp) => this.#doors.describe(sdp))
    await context.addInitScript(useDoors)
  }

  async cut() {
    this.#gate.shut()
    this.#doors.shut(this, true)
    await this.#context.setOffline(true)
  }

  /** Another network is there: no way for media leads on. `lost`: nor one to the server. */
  async mend({ lost }) {
    // First of all, since the browser keeps back meanwhile what has long been sent.
    await this.#context.setOffline(false)
    this.#doors.move(this)
    this.#doors.shut(this, false)
    this.#gate.open({ lost })
  }

  remove() {
    this.#gate.stop()
  }
}

// Runs in the page: what the other side says is read as if a NAT sat before it.
function useDoors() {
  const { prototype } = window.RTCPeerConnection
  const { addIceCandidate, setRemoteDescription } = prototype
  prototype.addIceCandidate = async function (given) {
    const candidate = await window.throughDoor(given.candidate)
    if (candidate) await addIceCandidate.call(this, { ...given, candidate })
  }
  prototype.setRemoteDescription = async function ({ type, sdp }) {
    await setRemoteDescription.call(this, { type, sdp: await window.throughDoors(sdp) })
  }
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...given) {
      super(...given)
      this.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate?.candidate) window.ownCandidate(candidate.candidate)
      })
    }
  }
}
