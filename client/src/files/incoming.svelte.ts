/** A file that a member offers us. Nothing of it is taken before the user accepts. */
import { BLOCK, BlockHash } from './block-hash.ts'
import type { CancelReason, FileMessage } from './messages.ts'
import { fileName } from './names.ts'
import { openSink, type Sink } from './sink.ts'
import { hasEnded, WINDOW, type Ending, type FilePeer, type TransferState } from './transfer.ts'

/** More bytes in a message than any client sends. */
const MAX_CHUNK = 262_144

type Offer = Extract<FileMessage, { file: 'offer' }>

export class IncomingFile {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly #open: typeof openSink
  #peer: FilePeer
  #state = $state<TransferState>('offered')
  /** Bytes that are written. */
  #bytes = $state(0)
  /** The file, if the browser has it and the user may still save it. */
  #url = $state<string | undefined>()
  #hash = new BlockHash()
  #sink: Sink | undefined
  #asking = false
  #channel: RTCDataChannel | undefined
  #block = new Uint8Array(0)
  /** Bytes in the block that is not full yet, and in all full ones. */
  #filled = 0
  #queued = 0
  #writes = Promise.resolve()

  constructor({ id, name, size }: Offer, peer: FilePeer, open = openSink) {
    this.id = id
    this.name = fileName(name)
    this.size = size
    this.#peer = peer
    this.#open = open
  }

  get state(): TransferState {
    return this.#state
  }

  get bytes(): number {
    return this.#bytes
  }

  get url(): string | undefined {
    return this.#url
  }

  get hasEnded(): boolean {
    return hasEnded(this.#state)
  }

  /** The user wants it. If the browser asks them where to save it, they may change their mind. */
  async accept(): Promise<void> {
    if (this.#state !== 'offered' || this.#asking) return
    this.#asking = true
    try {
      this.#sink = await this.#open(this.name, this.size)
    } catch (error) {
      console.warn('The browser does not save a file.', error)
      this.#stop('failed')
    }
    this.#asking = false
    if (!this.#sink) return
    if (this.hasEnded) return this.#sink.abort()
    this.#state = 'moving'
    this.#goOn()
  }

  decline(): void {
    this.#stop('declined')
  }

  cancel(): void {
    this.#stop('cancelled')
  }

  /** The offer came again: over another connection, or because its channel broke. */
  onOffer(peer: FilePeer): void {
    this.#peer = peer
    if (this.#state === 'done') peer.say({ file: 'done', id: this.id })
    else if (this.hasEnded) peer.say({ file: 'cancel', id: this.id, reason: 'cancelled' })
    else if (this.#sink) this.#goOn()
  }

  onCancel(reason: CancelReason): void {
    if (!this.hasEnded) this.#end(reason)
  }

  /** The connection is gone; the sender offers the file again over the next one. */
  pause(): void {
    if (this.#state !== 'moving') return
    this.#state = 'paused'
    this.#closeChannel()
  }

  /** The sender left. */
  onLeft(): void {
    if (!this.hasEnded) this.#end('left')
  }

  /** The sender opened the channel that the file comes by. Reports whether we wait for it. */
  attach(channel: RTCDataChannel): boolean {
    if (!this.#sink || this.hasEnded || this.#channel) return false
    channel.binaryType = 'arraybuffer'
    this.#channel = channel
    this.#state = 'moving'
    channel.onmessage = ({ data }) => this.#onData(data)
    channel.onclose = () => this.#onClose(channel)
    return true
  }

  /** The call is over, and with it the file that nobody saved. */
  end(): void {
    if (!this.hasEnded) this.#end('cancelled')
    if (this.#url) URL.revokeObjectURL(this.#url)
    this.#url = undefined
  }

  /** Asks for the rest: what was not a full block comes again. */
  #goOn(): void {
    this.#closeChannel()
    this.#filled = 0
    this.#peer.say({ file: 'accept', id: this.id, from: this.#queued })
  }

  #onData(data: unknown): void {
    if (this.hasEnded) return
    if (typeof data === 'string') return this.#onHash(data)
    if (!(data instanceof ArrayBuffer)) return this.#stop('failed')
    const chunk = new Uint8Array(data)
    const received = this.#queued + this.#filled + chunk.length
    const isRude = chunk.length === 0 || chunk.length > MAX_CHUNK || received > this.size
    // No client sends so much that we have not confirmed.
    if (isRude || received - this.#bytes > WINDOW + 2 * BLOCK) return this.#stop('failed')
    for (let at = 0; at < chunk.length;) at += this.#fill(chunk.subarray(at))
  }

  /** Returns how many bytes fit into the block. */
  #fill(bytes: Uint8Array): number {
    if (this.#filled === 0) this.#block = new Uint8Array(Math.min(BLOCK, this.size - this.#queued))
    const part = bytes.subarray(0, this.#block.length - this.#filled)
    this.#block.set(part, this.#filled)
    this.#filled += part.length
    if (this.#filled === this.#block.length) this.#queueBlock()
    return part.length
  }

  #queueBlock(): void {
    const [at, block] = [this.#queued, this.#block]
    this.#queued += block.length
    this.#filled = 0
    this.#block = new Uint8Array(0)
    this.#enqueue(async (sink) => {
      this.#hash.add(at, block)
      await sink.write(block)
      this.#bytes += block.length
      this.#peer.say({ file: 'written', id: this.id, bytes: this.#bytes })
    })
  }

  #onHash(data: string): void {
    this.#enqueue(async (sink) => {
      const isWhole = this.#bytes === this.size && (await this.#hash.root()) === readHash(data)
      if (this.hasEnded) return
      if (!isWhole) return this.#stop('damaged')
      this.#url = await sink.close()
      this.#sink = undefined
      this.#end('done')
      this.#peer.say({ file: 'done', id: this.id })
    })
  }

  /** Runs one after the other, until the transfer ends. */
  #enqueue(task: (sink: Sink) => Promise<void>): void {
    this.#writes = this.#writes
      .then(() => (this.#sink && !this.hasEnded ? task(this.#sink) : undefined))
      .catch((error: unknown) => {
        console.warn('The browser does not write a file.', error)
        this.#stop('failed')
      })
  }

  #onClose(channel: RTCDataChannel): void {
    if (channel !== this.#channel) return
    this.#channel = undefined
    if (!this.hasEnded) this.#state = 'paused'
  }

  #stop(reason: CancelReason): void {
    if (this.hasEnded) return
    this.#peer.say({ file: 'cancel', id: this.id, reason })
    this.#end(reason)
  }

  #end(ending: Ending): void {
    this.#state = ending
    this.#sink?.abort()
    this.#sink = undefined
    this.#block = new Uint8Array(0)
    this.#hash = new BlockHash()
    this.#closeChannel()
  }

  #closeChannel(): void {
    const channel = this.#channel
    this.#channel = undefined
    if (!channel) return
    channel.onmessage = null
    channel.close()
  }
}

function readHash(data: string): string | undefined {
  try {
    const { sha256 } = Object(JSON.parse(data)) as Record<string, unknown>
    return typeof sha256 === 'string' ? sha256 : undefined
  } catch {
    return undefined
  }
}
