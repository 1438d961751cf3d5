/** The data channel to a peer, for what does not concern the server. */
import { readMediaState, type PeerMediaState } from './media-state.ts'

export interface PeerChannelEvents {
  /** The peer reported the state of its microphone and camera. */
  mediaState(state: PeerMediaState): void
  /** Anything else that the peer sent. */
  message(data: string): void
  /** The peer closed its connection for good. */
  closed(): void
}

/** A longer message, in UTF-16 units, is not read: no client sends one. */
export const MAX_MESSAGE = 65_536

/** Both peers open it with this id, so colliding offers still make one channel. */
const CHANNEL = { name: 'vidchat', options: { negotiated: true, id: 0 } }

export class PeerChannel {
  readonly #events: PeerChannelEvents
  #channel: RTCDataChannel | undefined
  #mediaState: PeerMediaState | undefined
  /** What is sent when the channel opens. */
  #unsent: object[] = []

  constructor(events: PeerChannelEvents) {
    this.#events = events
  }

  /** Opens the channel on this connection, once. */
  open(pc: RTCPeerConnection): void {
    if (this.#channel) return
    const channel = pc.createDataChannel(CHANNEL.name, CHANNEL.options)
    channel.onopen = () => this.#onOpen(channel)
    channel.onmessage = ({ data }) => {
      if (typeof data !== 'string' || data.length > MAX_MESSAGE) return
      const state = readMediaState(data)
      if (state) this.#events.mediaState(state)
      else this.#events.message(data)
    }
    channel.onclose = () => this.#events.closed()
    this.#channel = channel
  }

  /** Tells the peer the state of our microphone and camera: the last one, once it is open. */
  sendMediaState(state: PeerMediaState): void {
    this.#mediaState = state
    if (this.#channel?.readyState === 'open') this.#channel.send(JSON.stringify(state))
  }

  /** Sends a message now or when the channel opens. */
  send(message: object): void {
    if (this.#channel?.readyState === 'open') this.#channel.send(JSON.stringify(message))
    else this.#unsent.push(message)
  }

  /** We close the connection: reports nothing more. */
  detach(): void {
    if (this.#channel) this.#channel.onclose = this.#channel.onmessage = null
  }

  #onOpen(channel: RTCDataChannel): void {
    const state = this.#mediaState ? [this.#mediaState] : []
    for (const each of [...state, ...this.#unsent.splice(0)]) channel.send(JSON.stringify(each))
  }
}
