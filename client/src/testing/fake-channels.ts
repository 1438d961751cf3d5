/** Peer connections of which only the data channels work, in pairs. */

export class FakeDataChannel {
  readonly label: string
  readyState: RTCDataChannelState = 'connecting'
  binaryType = 'blob'
  bufferedAmount = 0
  bufferedAmountLowThreshold = 0
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onbufferedamountlow: (() => void) | null = null
  /** Changes what is delivered; what it returns undefined for is lost with the channel. */
  deliver: (data: unknown) => unknown = (data) => data
  other: FakeDataChannel | undefined
  #queue: unknown[] = []

  constructor(label: string) {
    this.label = label
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== 'open') throw new DOMException('closed', 'InvalidStateError')
    const copy = typeof data === 'string' ? data : data.slice().buffer
    this.bufferedAmount += sizeOf(copy)
    this.#queue.push(copy)
    if (this.#queue.length === 1) setTimeout(() => this.#flush())
  }

  close(): void {
    for (const end of [this, this.other]) {
      if (!end || end.readyState === 'closed') continue
      end.readyState = 'closed'
      setTimeout(() => end.onclose?.())
    }
  }

  #flush(): void {
    for (const data of this.#queue.splice(0)) {
      this.bufferedAmount -= sizeOf(data)
      const delivered = this.deliver(data)
      if (delivered === undefined) return this.close()
      if (this.readyState === 'open') this.other?.onmessage?.({ data: delivered })
    }
    if (this.bufferedAmount <= this.bufferedAmountLowThreshold) this.onbufferedamountlow?.()
  }
}

const sizeOf = (data: unknown) =>
  typeof data === 'string' ? data.length : (data as ArrayBuffer).byteLength

export class FakeRtc extends EventTarget {
  remoteDescription = { sdp: 'm=application 9 X' }
  other: FakeRtc | undefined
  /** Those that were opened at this end. */
  readonly channels: FakeDataChannel[] = []
  /** Called with both ends of a channel before it opens. */
  onChannel: (here: FakeDataChannel, there: FakeDataChannel) => void = () => undefined

  createDataChannel(label: string): FakeDataChannel {
    const [here, there] = [new FakeDataChannel(label), new FakeDataChannel(label)]
    ;[here.other, there.other] = [there, here]
    this.channels.push(here)
    this.onChannel(here, there)
    setTimeout(() => {
      if (here.readyState !== 'connecting') return
      here.readyState = there.readyState = 'open'
      this.other?.dispatchEvent(Object.assign(new Event('datachannel'), { channel: there }))
      here.onopen?.()
    })
    return here
  }

  /** The connection breaks, and all of its channels with it. */
  close(): void {
    for (const channel of this.channels) channel.close()
  }
}

export function rtcPair(): [FakeRtc, FakeRtc] {
  const [one, other] = [new FakeRtc(), new FakeRtc()]
  ;[one.other, other.other] = [other, one]
  return [one, other]
}

/** The fake under the type of what it replaces. */
export const asRtc = (fake: FakeRtc) => fake as unknown as RTCPeerConnection
